// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The names and numbers of linux/netlink.h, linux/netfilter/nfnetlink.h and linux/netfilter/nf_tables.h, unchanged, so
// that a search for a kernel name leads here. Only what is used.

// linux/netlink.h
package let NLMSG_NOOP: UInt16 = 1
package let NLMSG_ERROR: UInt16 = 2
package let NLMSG_DONE: UInt16 = 3
let NLM_F_REQUEST: UInt16 = 0x1
let NLM_F_ACK: UInt16 = 0x4
let NLM_F_DUMP_INTR: UInt16 = 0x10
let NLM_F_DUMP: UInt16 = 0x300
let NLM_F_EXCL: UInt16 = 0x200
let NLM_F_CREATE: UInt16 = 0x400
let NLM_F_APPEND: UInt16 = 0x800
let NLA_F_NESTED: UInt16 = 0x8000
let NLA_TYPE_MASK: UInt16 = 0x3fff

// linux/netfilter/nfnetlink.h
let NFNL_SUBSYS_NFTABLES: UInt16 = 10
let NFNL_MSG_BATCH_BEGIN: UInt16 = 0x10
let NFNL_MSG_BATCH_END: UInt16 = 0x11
let NFNL_BATCH_GENID: UInt16 = 1

// enum nf_tables_msg_types
let NFT_MSG_NEWTABLE: UInt16 = 0
let NFT_MSG_GETTABLE: UInt16 = 1
let NFT_MSG_DELTABLE: UInt16 = 2
let NFT_MSG_NEWCHAIN: UInt16 = 3
let NFT_MSG_GETCHAIN: UInt16 = 4
let NFT_MSG_DELCHAIN: UInt16 = 5
let NFT_MSG_NEWRULE: UInt16 = 6
let NFT_MSG_GETRULE: UInt16 = 7
let NFT_MSG_DELRULE: UInt16 = 8
let NFT_MSG_NEWSET: UInt16 = 9
let NFT_MSG_GETSET: UInt16 = 10
let NFT_MSG_DELSET: UInt16 = 11
let NFT_MSG_NEWSETELEM: UInt16 = 12
let NFT_MSG_GETSETELEM: UInt16 = 13
let NFT_MSG_DELSETELEM: UInt16 = 14
let NFT_MSG_NEWGEN: UInt16 = 15
let NFT_MSG_GETGEN: UInt16 = 16
/// Since Linux 6.3; deletes what is there and does not mind what is not.
let NFT_MSG_DESTROYSETELEM: UInt16 = 30

let NFTA_LIST_ELEM: UInt16 = 1

let NFTA_HOOK_HOOKNUM: UInt16 = 1
let NFTA_HOOK_PRIORITY: UInt16 = 2

let NFTA_TABLE_NAME: UInt16 = 1
let NFTA_TABLE_FLAGS: UInt16 = 2
let NFTA_TABLE_USERDATA: UInt16 = 6
let NFTA_TABLE_OWNER: UInt16 = 7

// enum nft_table_flags
let NFT_TABLE_F_DORMANT: UInt32 = 0x1

let NFTA_CHAIN_TABLE: UInt16 = 1
let NFTA_CHAIN_NAME: UInt16 = 3
let NFTA_CHAIN_HOOK: UInt16 = 4
let NFTA_CHAIN_POLICY: UInt16 = 5
let NFTA_CHAIN_TYPE: UInt16 = 7

let NFTA_RULE_TABLE: UInt16 = 1
let NFTA_RULE_CHAIN: UInt16 = 2
let NFTA_RULE_HANDLE: UInt16 = 3
let NFTA_RULE_EXPRESSIONS: UInt16 = 4
let NFTA_RULE_COMPAT: UInt16 = 5
let NFTA_RULE_COMPAT_PROTO: UInt16 = 1
let NFTA_RULE_COMPAT_FLAGS: UInt16 = 2
let NFTA_RULE_USERDATA: UInt16 = 7

let NFTA_SET_TABLE: UInt16 = 1
let NFTA_SET_NAME: UInt16 = 2
let NFTA_SET_FLAGS: UInt16 = 3
let NFTA_SET_KEY_TYPE: UInt16 = 4
let NFTA_SET_KEY_LEN: UInt16 = 5
let NFTA_SET_DATA_TYPE: UInt16 = 6
let NFTA_SET_DATA_LEN: UInt16 = 7
let NFTA_SET_DESC: UInt16 = 9
let NFTA_SET_ID: UInt16 = 10
let NFTA_SET_USERDATA: UInt16 = 13
let NFTA_SET_PAD: UInt16 = 14
let NFTA_SET_HANDLE: UInt16 = 16
let NFTA_SET_EXPRESSIONS: UInt16 = 18
/// Since Linux 6.17: the number of elements, but for the one that stands for all keys (`NFT_SET_ELEM_CATCHALL`).
let NFTA_SET_COUNT: UInt16 = 20
let NFTA_SET_DESC_SIZE: UInt16 = 1

// enum nft_set_flags
let NFT_SET_ANONYMOUS: UInt32 = 0x1
let NFT_SET_MAP: UInt32 = 0x8
let NFT_SET_TIMEOUT: UInt32 = 0x10
let NFT_SET_EVAL: UInt32 = 0x20

let NFTA_SET_ELEM_KEY: UInt16 = 1
let NFTA_SET_ELEM_DATA: UInt16 = 2
let NFTA_SET_ELEM_FLAGS: UInt16 = 3
let NFTA_SET_ELEM_EXPIRATION: UInt16 = 5
let NFTA_SET_ELEM_TIMEOUT: UInt16 = 4
let NFTA_SET_ELEM_USERDATA: UInt16 = 6
let NFTA_SET_ELEM_PAD: UInt16 = 8

// enum nft_set_elem_flags
let NFT_SET_ELEM_CATCHALL: UInt32 = 0x2

let NFTA_SET_ELEM_LIST_TABLE: UInt16 = 1
let NFTA_SET_ELEM_LIST_SET: UInt16 = 2
let NFTA_SET_ELEM_LIST_ELEMENTS: UInt16 = 3
let NFTA_SET_ELEM_LIST_SET_ID: UInt16 = 4

/// The type of a map's data when they are verdicts.
let NFT_DATA_VERDICT: UInt32 = 0xffff_ff00
let NFTA_DATA_VALUE: UInt16 = 1
let NFTA_DATA_VERDICT: UInt16 = 2
let NFTA_VERDICT_CODE: UInt16 = 1
let NFTA_VERDICT_CHAIN: UInt16 = 2

// enum nft_verdicts, and enum nf_inet_verdicts for the first two.
let NF_DROP: Int32 = 0
let NF_ACCEPT: Int32 = 1
let NFT_JUMP: Int32 = -3
let NFT_GOTO: Int32 = -4
let NFT_RETURN: Int32 = -5

let NFTA_EXPR_NAME: UInt16 = 1
let NFTA_EXPR_DATA: UInt16 = 2

let NFTA_IMMEDIATE_DREG: UInt16 = 1
let NFTA_IMMEDIATE_DATA: UInt16 = 2

let NFTA_BITWISE_SREG: UInt16 = 1
let NFTA_BITWISE_DREG: UInt16 = 2
let NFTA_BITWISE_LEN: UInt16 = 3
let NFTA_BITWISE_MASK: UInt16 = 4
let NFTA_BITWISE_XOR: UInt16 = 5
let NFTA_BITWISE_OP: UInt16 = 6
let NFT_BITWISE_MASK_XOR: UInt32 = 0

let NFTA_CMP_SREG: UInt16 = 1
let NFTA_CMP_OP: UInt16 = 2
let NFTA_CMP_DATA: UInt16 = 3

let NFTA_LOOKUP_SET: UInt16 = 1
let NFTA_LOOKUP_SREG: UInt16 = 2
let NFTA_LOOKUP_DREG: UInt16 = 3
let NFTA_LOOKUP_SET_ID: UInt16 = 4
let NFTA_LOOKUP_FLAGS: UInt16 = 5

let NFTA_DYNSET_SET_NAME: UInt16 = 1
let NFTA_DYNSET_SET_ID: UInt16 = 2
let NFTA_DYNSET_OP: UInt16 = 3
let NFTA_DYNSET_SREG_KEY: UInt16 = 4
let NFTA_DYNSET_SREG_DATA: UInt16 = 5
let NFTA_DYNSET_TIMEOUT: UInt16 = 6
let NFTA_DYNSET_PAD: UInt16 = 8
let NFTA_DYNSET_FLAGS: UInt16 = 9

let NFTA_PAYLOAD_DREG: UInt16 = 1
let NFTA_PAYLOAD_BASE: UInt16 = 2
let NFTA_PAYLOAD_OFFSET: UInt16 = 3
let NFTA_PAYLOAD_LEN: UInt16 = 4

let NFTA_META_DREG: UInt16 = 1
let NFTA_META_KEY: UInt16 = 2
let NFTA_META_SREG: UInt16 = 3

let NFTA_FIB_DREG: UInt16 = 1
let NFTA_FIB_RESULT: UInt16 = 2
let NFTA_FIB_FLAGS: UInt16 = 3
let NFT_FIB_RESULT_ADDRTYPE: UInt32 = 3
let NFTA_FIB_F_SADDR: UInt32 = 1 << 0
let NFTA_FIB_F_DADDR: UInt32 = 1 << 1

let NFTA_CT_DREG: UInt16 = 1
let NFTA_CT_KEY: UInt16 = 2

let NFTA_REJECT_TYPE: UInt16 = 1
let NFTA_REJECT_ICMP_CODE: UInt16 = 2

let NFTA_NAT_TYPE: UInt16 = 1
let NFTA_NAT_FAMILY: UInt16 = 2
let NFTA_NAT_REG_ADDR_MIN: UInt16 = 3
let NFTA_NAT_REG_ADDR_MAX: UInt16 = 4
let NFTA_NAT_REG_PROTO_MIN: UInt16 = 5
let NFTA_NAT_REG_PROTO_MAX: UInt16 = 6
let NFTA_NAT_FLAGS: UInt16 = 7
// linux/netfilter/nf_nat.h
let NF_NAT_RANGE_MAP_IPS: UInt32 = 1
let NF_NAT_RANGE_PROTO_SPECIFIED: UInt32 = 2
let NF_NAT_RANGE_PROTO_RANDOM_FULLY: UInt32 = 16

let NFTA_MASQ_FLAGS: UInt16 = 1

let NFTA_NG_DREG: UInt16 = 1
let NFTA_NG_MODULUS: UInt16 = 2
let NFTA_NG_TYPE: UInt16 = 3
let NFTA_NG_OFFSET: UInt16 = 4

let NFTA_COUNTER_BYTES: UInt16 = 1
let NFTA_COUNTER_PACKETS: UInt16 = 2
let NFTA_COUNTER_PAD: UInt16 = 3

// linux/netfilter/nf_tables_compat.h
let NFTA_MATCH_NAME: UInt16 = 1
let NFTA_MATCH_REV: UInt16 = 2
let NFTA_MATCH_INFO: UInt16 = 3

// linux/netfilter/xt_*.h and linux/netfilter_ipv*/ip*t_REJECT.h
let XT_RECENT_CHECK: UInt8 = 1 << 0
let XT_RECENT_SET: UInt8 = 1 << 1
let XT_RECENT_REAP: UInt8 = 1 << 5
let XT_CONNTRACK_STATE: UInt16 = 1 << 0
/// `1 << RTN_LOCAL`.
let XT_ADDRTYPE_LOCAL: UInt16 = 1 << 2
let XT_SCTP_DEST_PORTS: UInt32 = 0x02
let IPT_ICMP_PORT_UNREACHABLE: UInt32 = 3
let IP6T_ICMP6_PORT_UNREACH: UInt32 = 4

let NFNL_SUBSYS_NFT_COMPAT: UInt16 = 11
let NFNL_MSG_COMPAT_GET: UInt16 = 0
let NFTA_COMPAT_NAME: UInt16 = 1
let NFTA_COMPAT_REV: UInt16 = 2
let NFTA_COMPAT_TYPE: UInt16 = 3

// linux/netfilter/nfnetlink_acct.h
let NFNL_SUBSYS_ACCT: UInt16 = 7
let NFNL_MSG_ACCT_NEW: UInt16 = 0
let NFNL_MSG_ACCT_GET: UInt16 = 1
let NFACCT_NAME: UInt16 = 1
let NFACCT_PKTS: UInt16 = 2
let NFACCT_BYTES: UInt16 = 3

let NFTA_GEN_ID: UInt16 = 1

// linux/rtnetlink.h and linux/if_addr.h
let RTM_NEWADDR: UInt16 = 20
let RTM_GETADDR: UInt16 = 22
let IFA_ADDRESS: UInt16 = 1
let IFA_LOCAL: UInt16 = 2

// linux/netfilter/nfnetlink_conntrack.h
let NFNL_SUBSYS_CTNETLINK: UInt16 = 1
let IPCTNL_MSG_CT_NEW: UInt16 = 0
let IPCTNL_MSG_CT_GET: UInt16 = 1
let IPCTNL_MSG_CT_DELETE: UInt16 = 2
let CTA_TUPLE_ORIG: UInt16 = 1
let CTA_TUPLE_REPLY: UInt16 = 2
let CTA_ID: UInt16 = 12
let CTA_ZONE: UInt16 = 18
let CTA_FILTER: UInt16 = 25
let CTA_FILTER_ORIG_FLAGS: UInt16 = 1
let CTA_FILTER_REPLY_FLAGS: UInt16 = 2
/// net/netfilter/nf_internals.h, which no uapi header repeats.
let CTA_FILTER_F_CTA_PROTO_NUM: UInt32 = 1 << 3
let CTA_TUPLE_IP: UInt16 = 1
let CTA_TUPLE_PROTO: UInt16 = 2
let CTA_IP_V4_SRC: UInt16 = 1
let CTA_IP_V4_DST: UInt16 = 2
let CTA_IP_V6_SRC: UInt16 = 3
let CTA_IP_V6_DST: UInt16 = 4
let CTA_PROTO_NUM: UInt16 = 1
let CTA_PROTO_SRC_PORT: UInt16 = 2
let CTA_PROTO_DST_PORT: UInt16 = 3
