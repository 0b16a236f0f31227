package import NetfilterWire
import NetworkValues
package import NFTables

/// The way to the nf_tables of one network namespace: that of the thread in which the value is made.
///
/// Calls must not overlap; the class is not `Sendable`, so that the compiler sees to it.
package final class NetfilterSocket {
    let netlink: NetlinkSocket
    let route: NetlinkSocket
    let routeLocalnet = Sysctl.routeLocalnet
    /// The sequence number of the last question; those of batches are constants.
    var sequence: UInt32 = 0
    /// How many transactions of this socket have taken effect. Each has raised the generation by one.
    package private(set) var transactions: UInt32 = 0
    /// Whether the kernel is not known to lack `NFT_MSG_DESTROYSETELEM`.
    var destroysElements = true
    /// How many elements of a set are asked for at once, at most ``ElementQuestion/keysMax``: so many answers of less than
    /// a kilobyte each find room in a socket that nobody has given a larger buffer.
    package var elementsAskedTogether = 128
    /// The most elements that a set may have to be listed, rather than asked for one by one. The kernel goes through a set
    /// from its start for every 32 KiB of a list (`nf_tables_dump_set`), which is quadratic; an answer about one element
    /// takes a fixed time, but more than its line in a short list.
    package var elementsListedMax: UInt32 = 4096
    /// The families for which the kernel has all that tables of our own need.
    var completeNFT: Set<IPFamily> = []
    /// The families for which the kernel has all that tables of iptables need.
    var completeXT: Set<IPFamily> = []

    /// Opens a socket in the network namespace of the calling thread. That needs no privilege; changing anything does.
    package init() throws(KernelFailure) {
        netlink = try NetlinkSocket(.netfilter)
        route = try NetlinkSocket(.route)
    }

    /// Carries out all the changes in one transaction: all of it takes effect at once, or none of it.
    ///
    /// Pruning is not part of it; see ``prune(_:of:)``. No change at all sends nothing.
    ///
    /// A chain that is still used cannot be deleted, whether because somebody else's rule leads to it or because the kernel,
    /// before 6.2, does not yet know that no element does. That must not keep the rules from taking effect: the removals
    /// are then a second transaction.
    ///
    /// - Parameter generation: The one from which the changes were worked out; nil if they are right in any.
    /// - Throws: ``CommitError`` with everything that the kernel found wrong, or that it is in another generation.
    package func commit(_ changes: [TableChange], generation: UInt32? = nil) throws(CommitError) {
        do throws(CommitError) {
            try commit(Batch(changes, generation: generation))
        } catch {
            guard error.first.errno == .busy, changes.contains(where: { !$0.removalsAlone.isEmpty }) else {
                throw error
            }
            try commit(Batch(changes.map(\.withoutRemovals), generation: generation))
            try commit(
                Batch(changes.map(\.removalsAlone), generation: generation.map { Generation.following($0, by: 1) }))
        }
    }

    /// Carries out a batch that is already encoded.
    ///
    /// - Throws: ``CommitError``.
    package func commit(_ batch: Batch) throws(CommitError) {
        do throws(CommitError) {
            try send(batch)
            if !batch.isEmpty { transactions &+= 1 }
        } catch {
            throw explained(error, batch)
        }
    }

    /// Sends a batch and takes the kernel's answer as it is.
    func send(_ batch: Batch) throws(CommitError) {
        if batch.isEmpty { return }
        do throws(KernelFailure) {
            try netlink.reserve(sending: batch.byteCount, receiving: min(Int(batch.lastSequence), 16 << 10) << 10)
            try batch.withUnsafeBytes { bytes throws(KernelFailure) in try netlink.send(bytes) }
        } catch {
            throw CommitError(error)
        }
        try collectResult(of: batch)
    }

    /// The kernel works through a batch before `sendto` returns, so that every answer is already there.
    private func collectResult(of batch: Batch) throws(CommitError) {
        var failures: [KernelFailure] = []
        lazy var steps = batch.steps
        var isAcknowledged = false
        var mayContinue = true
        while mayContinue {
            do throws(KernelFailure) {
                guard let datagram = try netlink.receive(waits: false) else { break }
                netlink.forEachReply(in: datagram) { reply in
                    guard case .acknowledgement(let result) = reply else { return }
                    if let errno = result.errno {
                        let operation = steps.operation(sequence: result.sequence, offset: result.offset)
                        let step = steps.step(sequence: result.sequence, offset: result.offset)
                        failures.append(KernelFailure(operation, errno, kernelText: result.text, step: step))
                    } else if result.sequence == batch.lastSequence {
                        isAcknowledged = true
                    }
                }
            } catch {
                // ENOBUFS: some answers were lost, but not all of them: those that are there say enough.
                mayContinue = error.errno == .noBufferSpace
                if !mayContinue { failures.append(error) }
            }
        }
        if let first = failures.first { throw CommitError(first, others: Array(failures.dropFirst())) }
        if !isAcknowledged { throw CommitError(KernelFailure("read the result of a commit", .noData)) }
    }

    /// Looks for the reason of a refusal that the error number does not tell.
    private func explained(_ error: CommitError, _ batch: Batch) -> CommitError {
        var error = error
        if [.noSuchObject, .invalid, .notSupported, .familyNotSupported].contains(error.first.errno) {
            let missing = missingFeatures(for: batch)
            if !missing.isEmpty { error.first.hint = "this kernel lacks " + missing.joined(separator: ", ") }
        }
        guard error.first.errno == .notPermitted else { return error }
        for table in Set(batch.operations.map(\.table)).sorted() {
            guard let owner = owner(of: table) else { continue }
            error.first.hint =
                "table \(table) has an owner, the process with netlink port \(owner) (usually its number): "
                + "nobody else may change the table while that runs"
            return error
        }
        return error
    }

    /// The netlink port of the only socket that may change the table; nil if anybody may, or if that cannot be told.
    private func owner(of table: TableID) -> UInt32? {
        var owner: UInt32?
        do throws(ListingError) {
            _ = try ask(DumpRequest.table(table)) { message throws(WireError) in
                owner = try TableListing(table, message)?.owner ?? owner
            }
        } catch {
            return nil
        }
        return owner == netlink.port ? nil : owner
    }

    /// Whether there is such a table.
    ///
    /// - Throws: ``ListingError``.
    package func hasTable(_ id: TableID) throws(ListingError) -> Bool {
        do throws(ListingError) {
            _ = try ask(DumpRequest.table(id)) { _ in }
            return true
        } catch .kernel(let failure) where failure.errno == .noSuchObject {
            return false
        }
    }

    /// Deletes a table with all that is in it; that it is not there is fine.
    ///
    /// Asking before is cheap; a transaction that fails takes the kernel ten milliseconds (`nf_tables_abort`).
    ///
    /// - Throws: ``CommitError``, or ``ListingError``.
    package func deleteTable(_ id: TableID) throws {
        guard try hasTable(id) else { return }
        do throws(CommitError) {
            try commit(Batch(operations: [.deleteTable(id)]))
        } catch  where error.first.errno == .noSuchObject {
            return
        }
    }
}
