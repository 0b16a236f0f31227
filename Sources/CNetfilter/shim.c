#define _GNU_SOURCE
#include "CNetfilter.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct cnf_socket {
    struct mnl_socket *mnl;
    size_t send_bytes;
    size_t receive_bytes;
};

static int configure(struct mnl_socket *mnl) {
    int yes = 1;
    if (mnl_socket_setsockopt(mnl, NETLINK_EXT_ACK, &yes, sizeof(yes)) < 0) return -errno;
    if (mnl_socket_setsockopt(mnl, NETLINK_CAP_ACK, &yes, sizeof(yes)) < 0) return -errno;
    if (mnl_socket_bind(mnl, 0, MNL_SOCKET_AUTOPID) < 0) return -errno;
    return 0;
}

int cnf_open(int bus, struct cnf_socket **out) {
    struct cnf_socket *socket = calloc(1, sizeof(*socket));
    if (!socket) return -ENOMEM;
    socket->mnl = mnl_socket_open2(bus, SOCK_CLOEXEC);
    if (!socket->mnl) {
        int error = -errno;
        free(socket);
        return error;
    }
    int error = configure(socket->mnl);
    if (error < 0) {
        cnf_close(socket);
        return error;
    }
    *out = socket;
    return 0;
}

void cnf_close(struct cnf_socket *socket) {
    mnl_socket_close(socket->mnl);
    free(socket);
}

static int descriptor_of(const struct cnf_socket *socket) { return mnl_socket_get_fd(socket->mnl); }

uint32_t cnf_port(const struct cnf_socket *socket) { return mnl_socket_get_portid(socket->mnl); }

static int raise_buffer(int descriptor, int forced, int capped, size_t bytes, size_t *known) {
    if (bytes <= *known) return 0;
    if (bytes > INT32_MAX / 2) return -EMSGSIZE;
    int value = (int)bytes;
    if (setsockopt(descriptor, SOL_SOCKET, forced, &value, sizeof(value)) == 0) {
        *known = bytes;
        return 0;
    }
    if (errno != EPERM) return -errno;
    /* The kernel tells twice what it was asked for. The limit may be raised at any time, so that nothing is known. */
    int current = 0;
    socklen_t length = sizeof(current);
    if (getsockopt(descriptor, SOL_SOCKET, capped, &current, &length) < 0) return -errno;
    if ((size_t)current / 2 >= bytes) return 0;
    return setsockopt(descriptor, SOL_SOCKET, capped, &value, sizeof(value)) < 0 ? -errno : 0;
}

int cnf_reserve(struct cnf_socket *socket, size_t send_bytes, size_t receive_bytes) {
    int descriptor = descriptor_of(socket);
    int error = raise_buffer(descriptor, SO_SNDBUFFORCE, SO_SNDBUF, send_bytes, &socket->send_bytes);
    if (error < 0) return error;
    return raise_buffer(descriptor, SO_RCVBUFFORCE, SO_RCVBUF, receive_bytes, &socket->receive_bytes);
}

ssize_t cnf_message_limit(const struct cnf_socket *socket) {
    int value = 0;
    socklen_t length = sizeof(value);
    if (getsockopt(descriptor_of(socket), SOL_SOCKET, SO_SNDBUF, &value, &length) < 0) return -errno;
    return value - 32;
}

int cnf_send(struct cnf_socket *socket, const void *bytes, size_t count) {
    ssize_t sent;
    do {
        sent = mnl_socket_sendto(socket->mnl, bytes, count);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0) return -errno;
    return (size_t)sent == count ? 0 : -EMSGSIZE;
}

ssize_t cnf_receive(struct cnf_socket *socket, void *bytes, size_t count, bool wait) {
    for (;;) {
        struct sockaddr_nl from;
        socklen_t from_length = sizeof(from);
        /* MSG_TRUNC makes the result the whole length, even if the buffer is too short for it. */
        ssize_t received = recvfrom(descriptor_of(socket), bytes, count, MSG_TRUNC | (wait ? 0 : MSG_DONTWAIT),
                                    (struct sockaddr *)&from, &from_length);
        if (received < 0 && errno == EINTR) continue;
        if (received < 0) return -errno;
        if (from_length != sizeof(from) || from.nl_pid != 0) continue;
        return (size_t)received > count ? -EMSGSIZE : received;
    }
}

static void read_attributes(const struct nlmsghdr *message, size_t offset, struct cnf_acknowledgement *out) {
    struct nlattr *attribute;
    mnl_attr_for_each(attribute, message, offset) {
        uint16_t length = mnl_attr_get_payload_len(attribute);
        if (mnl_attr_get_type(attribute) == NLMSGERR_ATTR_MSG) {
            size_t text_length = length < sizeof(out->text) ? length : sizeof(out->text) - 1;
            memcpy(out->text, mnl_attr_get_payload(attribute), text_length);
            out->text[text_length] = '\0';
        } else if (mnl_attr_get_type(attribute) == NLMSGERR_ATTR_OFFS && length == sizeof(uint32_t)) {
            out->has_offset = true;
            out->offset = mnl_attr_get_u32(attribute);
        }
    }
}

int cnf_read_acknowledgement(const void *bytes, size_t count, struct cnf_acknowledgement *out) {
    const struct nlmsghdr *message = bytes;
    memset(out, 0, sizeof(*out));
    if (count < sizeof(*message) || message->nlmsg_len > count) return -EBADMSG;
    out->sequence = message->nlmsg_seq;
    if (message->nlmsg_type == NLMSG_DONE) {
        /* The end of a dump carries its result as a plain number. */
        int result = 0;
        if (mnl_nlmsg_get_payload_len(message) >= sizeof(result)) {
            memcpy(&result, mnl_nlmsg_get_payload(message), sizeof(result));
        }
        out->error = result < 0 ? -result : 0;
        return 0;
    }
    if (mnl_nlmsg_get_payload_len(message) < sizeof(struct nlmsgerr)) return -EBADMSG;
    const struct nlmsgerr *error = mnl_nlmsg_get_payload(message);
    out->error = -error->error;
    out->sequence = error->msg.nlmsg_seq;
    if (message->nlmsg_flags & NLM_F_ACK_TLVS) {
        size_t offset = sizeof(*error);
        if (!(message->nlmsg_flags & NLM_F_CAPPED)) offset += error->msg.nlmsg_len - sizeof(struct nlmsghdr);
        if (offset <= mnl_nlmsg_get_payload_len(message)) read_attributes(message, offset, out);
    }
    return 0;
}

const char *cnf_errno_name(int error) { return strerrorname_np(error); }

const char *cnf_errno_text(int error) {
    const char *text = strerrordesc_np(error);
    return text ? text : "Unknown error";
}
