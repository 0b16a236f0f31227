package import NetfilterWire
package import NFTables

/// Why a table could not be read.
package enum ListingError: Error, Hashable, CustomStringConvertible {
    /// The kernel refused.
    case kernel(KernelFailure)
    /// The kernel's answer is not well formed: a kernel that this version does not know.
    case malformed(WireError)
    /// Somebody changed nf_tables during each of so many attempts.
    case neverStill(attempts: Int)

    /// One line.
    package var description: String {
        switch self {
        case .kernel(let failure): failure.description
        case .malformed(let error): error.description
        case .neverStill(let attempts): "nf_tables changed during each of \(attempts) attempts to list it"
        }
    }
}

extension NetfilterSocket {
    /// A table and everything in it but the elements of its sets, as of one moment; nil if there is no such table.
    ///
    /// - Throws: ``ListingError``.
    package func list(table id: TableID) throws(ListingError) -> TableListing? {
        try whileStill { () throws(ListingError) in try listOnce(id) }
    }

    /// The number that every transaction in this network namespace raises.
    ///
    /// - Throws: ``ListingError``.
    package func generation() throws(ListingError) -> UInt32 {
        var number: UInt32?
        _ = try ask(DumpRequest.generation) { message throws(WireError) in number = try message.generation() }
        guard let number else { throw .malformed(.missing("NFT_MSG_NEWGEN")) }
        return number
    }

    /// What was read of nf_tables.
    enum Attempt<Value> {
        case whole(Value)
        /// A change came between.
        case overtaken
    }

    /// Reads something as of one moment. The kernel answers several questions one after another, and may change between
    /// them: it is asked again until it has not.
    func whileStill<Value>(
        _ read: () throws(ListingError) -> Attempt<Value>
    ) throws(ListingError) -> Value {
        for _ in 0..<listingAttemptsMax {
            let before = try generation()
            if case .whole(let value) = try read(), try generation() == before { return value }
        }
        throw .neverStill(attempts: listingAttemptsMax)
    }

    /// The table without the elements of its sets; nil if there is no such table.
    func listOnce(_ id: TableID) throws(ListingError) -> Attempt<TableListing?> {
        var listing: TableListing?
        do {
            _ = try ask(DumpRequest.table(id)) { message throws(WireError) in
                listing = try TableListing(id, message) ?? listing
            }
            guard var table = listing else { return .whole(nil) }
            return try fill(&table) ? .whole(table) : .overtaken
        } catch .kernel(let failure) where failure.errno == .noSuchObject {
            // No table; or something in it is gone since, and the generation tells.
            return .whole(nil)
        }
    }

    /// - Returns: whether no dump was overtaken by a change.
    private func fill(_ listing: inout TableListing) throws(ListingError) -> Bool {
        let id = listing.id
        var isStill = try ask(DumpRequest.chains(id)) { message throws(WireError) in try listing.appendChain(message) }
        var rules = RuleCollector(id)
        isStill = try ask(DumpRequest.rules(id)) { message throws(WireError) in try rules.append(message) } && isStill
        rules.fill(&listing)
        return try ask(DumpRequest.sets(id)) { message throws(WireError) in
            if let set = try ListedSet(message, of: id) { listing.sets.append(set) }
        } && isStill
    }

    /// The sets of a table, without their elements; none if there is no such table.
    func sets(of id: TableID) throws(ListingError) -> [ListedSet] {
        var sets: [ListedSet] = []
        do {
            _ = try ask(DumpRequest.sets(id)) { message throws(WireError) in
                if let set = try ListedSet(message, of: id) { sets.append(set) }
            }
        } catch .kernel(let failure) where failure.errno == .noSuchObject {
            return []
        }
        return sets
    }

    /// The elements of a set, and whether no change overtook their dump.
    func elements(of set: String, in id: TableID) throws(ListingError) -> (elements: ElementDump, isWhole: Bool) {
        var dump = ElementDump()
        let isWhole = try ask(DumpRequest.elements(id, set: set)) { message throws(WireError) in
            try dump.append(message)
        }
        return (dump, isWhole)
    }

    /// Sends a question and hands out the answers, to the last one.
    ///
    /// - Returns: false if a change overtook the dump.
    func ask(
        _ request: any KernelRequest, _ body: (ReceivedMessage) throws(WireError) -> Void
    ) throws(ListingError) -> Bool {
        var isWhole = true
        sequence &+= 1
        let current = sequence
        let bytes = request.bytes(sequence: current)
        do throws(ListingError) {
            try netlink.ask(bytes, sequence: current, request.description) { answer throws(WireError) in
                let message = try ReceivedMessage(answer, subsystem: request.subsystem)
                guard message.sequence == current else { return }
                if message.isInterrupted { isWhole = false }
                try body(message)
            }
        } catch .kernel(var failure) where failure.errno == .invalid {
            // What nobody answers is invalid too (nfnetlink_rcv_msg).
            failure.hint = "this kernel may lack \(request.module)"
            throw .kernel(failure)
        }
        return isWhole
    }
}

extension NetlinkSocket {
    /// Sends a question and hands out the answers, to the last one.
    ///
    /// - Parameters:
    ///   - question: the message, with this sequence number.
    ///   - what: what is asked, for errors.
    ///   - body: takes an answer from `struct nlmsghdr` on; it may be one of an older question.
    func ask(
        _ question: [UInt8], sequence: UInt32, _ what: @autoclosure () -> String,
        _ body: (UnsafeRawBufferPointer) throws(WireError) -> Void
    ) throws(ListingError) {
        var malformed: WireError?
        do throws(KernelFailure) {
            try question.withUnsafeBufferPointer { bytes throws(KernelFailure) in
                try send(UnsafeRawBufferPointer(bytes))
            }
            var isFinished = false
            while !isFinished {
                guard let datagram = try receive(waits: true) else { continue }
                try forEachReply(in: datagram) { reply throws(KernelFailure) in
                    switch reply {
                    case .malformed: throw KernelFailure(what(), .invalid)
                    case .acknowledgement(let result), .done(let result):
                        guard result.sequence == sequence else { return }
                        isFinished = true
                        if let errno = result.errno { throw KernelFailure(what(), errno, kernelText: result.text) }
                    case .object(let bytes):
                        do throws(WireError) {
                            try body(bytes)
                        } catch {
                            // The rest of the answer has to be read all the same.
                            malformed = malformed ?? error
                        }
                    }
                }
            }
        } catch {
            throw .kernel(error)
        }
        if let malformed { throw .malformed(malformed) }
    }
}

/// How often a table is read before giving up on a moment without a change.
private let listingAttemptsMax = 32
