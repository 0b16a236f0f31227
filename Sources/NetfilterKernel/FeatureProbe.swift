import NetfilterWire
import NetworkValues
import NFTables

extension NetfilterSocket {
    /// What this kernel lacks of what the transaction may need: each feature is tried in a transaction that is never
    /// committed. Once all was there it is not looked for again.
    func missingFeatures(for batch: Batch) -> [String] {
        let isXT = batch.operations.contains { if case .addXTRule = $0 { true } else { false } }
        let families = Set(batch.operations.map(\.table.family)).subtracting(isXT ? completeXT : completeNFT)
        var missing: [String] = []
        for family in families.sorted() {
            let lacking = lacking(isXT ? KernelFeature.iptables(family) : KernelFeature.nftables(family))
            missing += lacking.filter { !missing.contains($0) }
            guard lacking.isEmpty else { continue }
            if isXT { completeXT.insert(family) } else { completeNFT.insert(family) }
        }
        return missing
    }

    /// The names of those that the kernel refuses; only the first if nothing else could work without it.
    func lacking(_ features: [KernelFeature]) -> [String] {
        var names: [String] = []
        for (index, feature) in features.enumerated() {
            do throws(CommitError) {
                try send(Batch(operations: feature.operations, isCommitted: false))
            } catch {
                names.append(feature.name)
                if index == 0 { return names }
            }
        }
        return names
    }
}
