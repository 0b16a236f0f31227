package import IPTables
package import NetworkValues
package import NFTables

/// The frontends that rules in the kernel have, be they of an earlier plan or of a kube-proxy before us.
package enum ListedFrontends {
    /// What the tables of nftables mode are read as if there is no plan for them: all frontends are unwanted then.
    package static var tables: [TableContents] {
        IPFamily.allCases.map { family in
            var table = TableContents(NFTablesNames.table(family))
            table.sets = NFTablesFrame.sets(family).filter { frontendMaps.contains($0.name) }
            return table
        }
    }

    /// Those that these elements of a table of nftables mode are of.
    package static func places(_ elements: [SetElements], _ family: IPFamily) -> Set<FlowPlace> {
        let lists = elements.filter { frontendMaps.contains($0.set) }
        return Set(lists.flatMap(\.elements).compactMap { place($0.key, family) })
    }

    /// Those of a table of iptables, as far as no plan asks for them any more.
    ///
    /// - Parameter kept: The numbers of rules that stay all the same.
    package static func unwantedPlaces(_ table: ListedTable, keeping kept: Set<UInt64> = []) -> Set<FlowPlace> {
        guard table.id.name == .nat else { return [] }
        let rules = [IPTablesNames.services, IPTablesNames.nodePorts].flatMap { table.chains[$0] ?? [] }
        return Set(rules.filter { $0.wanted == nil && !kept.contains($0.handle) }.compactMap(\.place))
    }

    private static let frontendMaps: Set = [
        NFTablesNames.services, NFTablesNames.undeliverable, NFTablesNames.nodePorts,
        NFTablesNames.undeliverableNodePorts,
    ]

    private static func place(_ key: Tuple, _ family: IPFamily) -> FlowPlace? {
        let fields = key.fields
        guard case .port(let port)? = fields.last, case .transportProtocol(let transport)? = fields.dropLast().last
        else { return nil }
        guard case .address(let address)? = fields.first else { return .localPort(transport, family, port) }
        return .destination(FlowDestination(transport, SocketAddress(address, port)))
    }
}
