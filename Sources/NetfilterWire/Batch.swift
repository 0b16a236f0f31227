package import IPTables
package import NFTables

/// Everything that one transaction sends to the kernel: messages between `NFNL_MSG_BATCH_BEGIN` and
/// `NFNL_MSG_BATCH_END`, all of which take effect, or none.
package struct Batch: Sendable {
    /// The sequence number of the begin message, which errors of the commit itself name (`nfnetlink_rcv_batch` in
    /// net/netfilter/nfnetlink.c). A constant, so that the same change is the same bytes.
    package static let firstSequence: UInt32 = 1

    /// The messages as the kernel takes them.
    package let bytes: [UInt8]

    /// What is to be done, in order.
    package let operations: [BatchOperation]

    private let messages: [BatchEncoder.Message]

    /// One transaction of all the changes, whatever their tables.
    ///
    /// - Parameter generation: See ``init(operations:generation:)``.
    package init(_ changes: [NFTables.TableChange], generation: UInt32? = nil) {
        self.init(operations: changes.flatMap(BatchOperation.operations(of:)), generation: generation)
    }

    /// One transaction of all the changes to the tables of iptables.
    ///
    /// - Parameter generation: See ``init(operations:generation:)``.
    package init(_ changes: [IPTables.TableChange], generation: UInt32? = nil) {
        self.init(operations: changes.flatMap(BatchOperation.operations(of:)), generation: generation)
    }

    /// One transaction of the given steps.
    ///
    /// - Parameters:
    ///   - generation: The generation of nf_tables from which the steps were worked out (`NFNL_BATCH_GENID`): the kernel
    ///     refuses them with `ERESTART` if it has another one by now. Nil for steps that are right in any.
    ///   - isCommitted: false for a transaction without an end, which the kernel works through and then undoes.
    package init(operations: [BatchOperation], generation: UInt32? = nil, isCommitted: Bool = true) {
        var encoder = BatchEncoder(operations, generation: generation, isCommitted: isCommitted)
        encoder.encode()
        self.operations = operations
        bytes = encoder.writer.bytes
        messages = encoder.messages
    }

    /// Whether there is nothing to send.
    package var isEmpty: Bool { messages.isEmpty }

    /// The sequence number of the last message before the end, the only one that asks for an acknowledgement: that comes
    /// when all are carried out.
    package var lastSequence: UInt32 { Self.firstSequence + UInt32(messages.count) }

    /// What the message of this sequence number was to do, in words: `add element ip switchyard services 10.96.0.10 .
    /// tcp . 80`.
    ///
    /// - Parameters:
    ///   - sequence: from the kernel's error.
    ///   - offset: where in the message the kernel saw the fault (`NLMSGERR_ATTR_OFFS`), if it said so; leads to one
    ///     element of a list.
    package func operation(sequence: UInt32, offset: Int?) -> String {
        step(sequence: sequence, offset: offset)?.description
            ?? (sequence == Self.firstSequence ? "commit" : "message \(sequence)")
    }

    /// What the message of this sequence number was to do, with only those elements that may be meant; nil if it is the
    /// transaction itself.
    ///
    /// - Parameters:
    ///   - sequence: from the kernel's error.
    ///   - offset: where in the message the kernel saw the fault, if it said so.
    package func step(sequence: UInt32, offset: Int?) -> BatchOperation? {
        guard sequence > Self.firstSequence, sequence <= lastSequence else { return nil }
        let message = messages[Int(sequence - Self.firstSequence) - 1]
        let operation = operations[message.operation]
        if message.elements.isEmpty { return operation }
        guard let index = offset.flatMap({ element(at: $0, of: message) }) else {
            return operation.narrowed(to: message.elements)
        }
        let only = message.elements.lowerBound + index
        return operation.narrowed(to: only..<only + 1)
    }

    /// The number of the element in whose bytes the offset is.
    private func element(at offset: Int, of message: BatchEncoder.Message) -> Int? {
        bytes.withUnsafeBytes { bytes in
            let word = { (place: Int, high: Int) in Int(bytes[place]) | Int(bytes[place + 1]) << high }
            // Past both headers, attribute by attribute to the list, and then element by element.
            var place = message.start + 20
            let end = message.start + Int(bytes.loadUnaligned(fromByteOffset: message.start, as: UInt32.self))
            while place < end, UInt16(word(place + 2, 8)) & NLA_TYPE_MASK != NFTA_SET_ELEM_LIST_ELEMENTS {
                place += (word(place, 8) + 3) & ~3
            }
            place += 4
            for index in 0..<message.elements.count {
                guard place < end else { return nil }
                let next = place + (word(place, 8) + 3) & ~3
                if message.start + offset < next { return message.start + offset >= place ? index : nil }
                place = next
            }
            return nil
        }
    }
}
