/// The way back from the sequence numbers of a transaction to its steps.
package struct BatchSteps {
    private let operations: [BatchOperation]
    private let messages: [BatchEncoder.Message]
    private let buffer: MessageBuffer

    init(_ operations: [BatchOperation], _ messages: [BatchEncoder.Message], _ buffer: MessageBuffer) {
        self.operations = operations
        self.messages = messages
        self.buffer = buffer
    }

    /// What the message of this sequence number was to do, in words: `add element ip switchyard services 10.96.0.10 .
    /// tcp . 80`.
    ///
    /// - Parameters:
    ///   - sequence: from the kernel's error.
    ///   - offset: where in the message the kernel saw the fault (`NLMSGERR_ATTR_OFFS`), if it said so; leads to one
    ///     element of a list.
    package func operation(sequence: UInt32, offset: Int?) -> String {
        step(sequence: sequence, offset: offset)?.description
            ?? (sequence == Batch.firstSequence ? "commit" : "message \(sequence)")
    }

    /// What the message of this sequence number was to do, with only those elements that may be meant; nil if it is the
    /// transaction itself.
    ///
    /// - Parameters:
    ///   - sequence: from the kernel's error.
    ///   - offset: where in the message the kernel saw the fault, if it said so.
    package func step(sequence: UInt32, offset: Int?) -> BatchOperation? {
        guard sequence > Batch.firstSequence, Int(sequence - Batch.firstSequence) <= messages.count else { return nil }
        let message = messages[Int(sequence - Batch.firstSequence) - 1]
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
        let bytes = buffer.bytes
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
