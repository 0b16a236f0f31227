import NetworkValues
import PacketTracing

/// A connection and what must become of it.
struct Flow {
    let name: String
    let packet: Packet
    let outcomes: [PacketOutcome: Fraction]
    /// What must become of it in iptables mode: the same, but where kube-proxy's own modes differ.
    let iptablesOutcomes: [PacketOutcome: Fraction]
    /// Whether the client must get the same outcome again.
    let isSticky: Bool
}

/// An element of `flows.json`.
struct FlowFile: Decodable {
    let name: String
    let from: String
    let origin: String
    let to: String
    let `protocol`: String
    let `repeat`: Bool?
    /// The interface on which it comes in.
    let interface: String?
    let expected: ExpectationFile
    /// In iptables mode, if that is another one.
    let iptables: ExpectationFile?

    private enum CodingKeys: CodingKey {
        case name, from, origin, to, `protocol`, `repeat`, interface, iptables
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        from = try container.decode(String.self, forKey: .from)
        origin = try container.decode(String.self, forKey: .origin)
        to = try container.decode(String.self, forKey: .to)
        `protocol` = try container.decode(String.self, forKey: .protocol)
        `repeat` = try container.decodeIfPresent(Bool.self, forKey: .repeat)
        interface = try container.decodeIfPresent(String.self, forKey: .interface)
        iptables = try container.decodeIfPresent(ExpectationFile.self, forKey: .iptables)
        expected = try ExpectationFile(from: decoder)
    }

    func flow() throws -> Flow {
        guard let source = IPAddress(from), let origin = Packet.Origin(rawValue: origin),
            let transportProtocol = TransportProtocol(rawValue: `protocol`), let destination = SocketAddress(text: to)
        else { throw Scenario.Defect(description: "flow \(name): from, origin, to or protocol") }
        let packet = Packet(
            source: SocketAddress(source, 40000), destination: destination, protocol: transportProtocol,
            origin: origin, inputInterface: interface)
        let outcomes = try expected.outcomes(name, untouched: destination)
        return Flow(
            name: name, packet: packet, outcomes: outcomes,
            iptablesOutcomes: try iptables?.outcomes(name, untouched: destination) ?? outcomes,
            isSticky: `repeat` ?? false)
    }
}

/// What becomes of a packet.
struct ExpectationFile: Decodable {
    /// Each equally likely.
    let endpoints: [String]?
    /// Whether all endpoints see the node instead of the client.
    let masquerade: Bool?
    /// The one endpoint that sees the node instead of the client, which is itself.
    let hairpin: String?
    let reject: Bool?
    let drop: Bool?
    /// Whether the packet goes on as it came.
    let untouched: Bool?

    func outcomes(_ name: String, untouched destination: SocketAddress) throws -> [PacketOutcome: Fraction] {
        let expectations = [endpoints != nil, reject ?? false, drop ?? false, untouched ?? false].count { $0 }
        guard expectations == 1 else { throw Scenario.Defect(description: "flow \(name): not one expectation") }
        if reject == true { return [.rejected: .one] }
        if drop == true { return [.dropped: .one] }
        guard let endpoints else { return [.delivered(destination, isMasqueraded: false): .one] }
        guard Set(endpoints).count == endpoints.count, hairpin.map(endpoints.contains) ?? true else {
            throw Scenario.Defect(description: "flow \(name): endpoints")
        }
        let each = Fraction(1, UInt64(endpoints.count))
        return try Dictionary(
            uniqueKeysWithValues: endpoints.map { text in
                guard let address = SocketAddress(text: text) else {
                    throw Scenario.Defect(description: "flow \(name): \(text) is no address with a port")
                }
                return (.delivered(address, isMasqueraded: masquerade == true || text == hairpin), each)
            })
    }
}

extension SocketAddress {
    /// `10.64.0.1:80` or `[fd00::1]:80`.
    fileprivate init?(text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]),
            let address = IPAddress(text[..<colon].filter { !"[]".contains($0) })
        else { return nil }
        self.init(address, port)
    }
}
