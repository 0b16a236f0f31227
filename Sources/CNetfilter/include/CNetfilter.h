/*
 * The door to libmnl and the netlink socket: everything that Switchyard needs of C, and nothing that it can do in Swift.
 *
 * Every function that can fail returns a negative errno value, and never sets anything else. A call that a signal
 * interrupts is made again, here and nowhere else.
 */
#ifndef SWITCHYARD_CNETFILTER_H
#define SWITCHYARD_CNETFILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A netlink socket, bound to the network namespace of the thread that opened it. */
struct cnf_socket;

/* What the kernel says about one message of a request. The corresponding type is `struct nlmsgerr` in linux/netlink.h,
 * with the extended acknowledgement attributes NLMSGERR_ATTR_MSG and NLMSGERR_ATTR_OFFS. */
struct cnf_acknowledgement {
    /* A positive errno value, or 0 if the message was carried out. */
    int error;
    /* The sequence number of the message. */
    uint32_t sequence;
    /* Whether the kernel said where in the message the fault is. */
    bool has_offset;
    /* Where, counted from the message's header. */
    uint32_t offset;
    /* The kernel's explanation, empty if it gave none. */
    char text[256];
};

/* Opens a socket that is closed on exec, with extended acknowledgements (NETLINK_EXT_ACK) that do not repeat the request
 * (NETLINK_CAP_ACK).
 *
 * bus: NETLINK_NETFILTER or NETLINK_ROUTE.
 */
int cnf_open(int bus, struct cnf_socket **out);

/* Closes the socket and frees what belongs to it. */
void cnf_close(struct cnf_socket *socket);

/* The netlink port of the socket: the owner of tables that it has made its own (NFTA_TABLE_OWNER). */
uint32_t cnf_port(const struct cnf_socket *socket);

/* Makes room for a message of so many bytes, and for answers of so many: beyond the system's limits with CAP_NET_ADMIN in
 * the first user namespace (SO_SNDBUFFORCE and SO_RCVBUFFORCE), else up to net.core.wmem_max and rmem_max. Buffers never
 * shrink. */
int cnf_reserve(struct cnf_socket *socket, size_t send_bytes, size_t receive_bytes);

/* The bytes of the longest message that can be sent (netlink_sendmsg in net/netlink/af_netlink.c). */
ssize_t cnf_message_limit(const struct cnf_socket *socket);

/* Sends bytes to the kernel, all in one. */
int cnf_send(struct cnf_socket *socket, const void *bytes, size_t count);

/* Receives one datagram from the kernel; any from elsewhere is dropped.
 *
 * wait: whether to wait for one; if not, and there is none, the result is -EAGAIN.
 * Returns the number of bytes, -EMSGSIZE if they are more than `count`.
 */
ssize_t cnf_receive(struct cnf_socket *socket, void *bytes, size_t count, bool wait);

/* Reads a message of type NLMSG_ERROR, which an acknowledgement is too, or one of type NLMSG_DONE, whose error is that of
 * a dump.
 *
 * message: from `struct nlmsghdr` on, `count` bytes.
 * Returns 0, or -EBADMSG if it is too short.
 */
int cnf_read_acknowledgement(const void *message, size_t count, struct cnf_acknowledgement *out);

/* The name of an errno value, such as "ENOENT", or NULL if it has none. */
const char *cnf_errno_name(int error);

/* What an errno value means, such as "No such file or directory"; never NULL. */
const char *cnf_errno_text(int error);

#endif
