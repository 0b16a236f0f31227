/// Where a packet's path through a host meets rules: `enum nf_inet_hooks` of linux/netfilter.h, in the kernel's numbering.
package enum NetfilterHook: UInt32, Hashable, Sendable, CaseIterable {
    case prerouting = 0
    case input = 1
    case forward = 2
    case output = 3
    case postrouting = 4
}
