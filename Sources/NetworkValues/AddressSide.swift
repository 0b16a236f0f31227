/// The addresses of a packet.
package enum AddressSide: Hashable, Sendable {
    case source
    case destination
}
