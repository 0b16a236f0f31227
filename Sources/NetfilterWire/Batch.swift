package import IPTables
package import NFTables

/// Everything that one transaction sends to the kernel: messages between `NFNL_MSG_BATCH_BEGIN` and
/// `NFNL_MSG_BATCH_END`, all of which take effect, or none.
package struct Batch {
    /// The sequence number of the begin message, which errors of the commit itself name (`nfnetlink_rcv_batch` in
    /// net/netfilter/nfnetlink.c). A constant, so that the same change is the same bytes.
    package static let firstSequence: UInt32 = 1

    /// The messages as the kernel takes them.
    private let buffer: MessageBuffer
    private let messages: [BatchEncoder.Message]
    private let source: Source

    /// What the messages were made from. The steps are many, and only asked for when the kernel refuses some.
    private enum Source {
        case changes([TableChange])
        case xtChanges([XTTableChange])
        case operations([BatchOperation])

        func forEach(_ body: (BatchOperation) -> Void) {
            switch self {
            case .changes(let changes): for change in changes { BatchOperation.forEach(in: change, body) }
            case .xtChanges(let changes): for change in changes { BatchOperation.forEach(in: change, body) }
            case .operations(let operations): operations.forEach(body)
            }
        }
    }

    /// One transaction of all the changes, whatever their tables.
    ///
    /// - Parameter generation: See ``init(operations:generation:isCommitted:)``.
    package init(_ changes: [TableChange], generation: UInt32? = nil) {
        self.init(.changes(changes), generation, isCommitted: true)
    }

    /// One transaction of all the changes to the tables of iptables.
    ///
    /// - Parameter generation: See ``init(operations:generation:isCommitted:)``.
    package init(_ changes: [XTTableChange], generation: UInt32? = nil) {
        self.init(.xtChanges(changes), generation, isCommitted: true)
    }

    /// One transaction of the given steps.
    ///
    /// - Parameters:
    ///   - generation: The generation of nf_tables from which the steps were worked out (`NFNL_BATCH_GENID`): the kernel
    ///     refuses them with `ERESTART` if it has another one by now. Nil for steps that are right in any.
    ///   - isCommitted: false for a transaction without an end, which the kernel works through and then undoes.
    package init(operations: [BatchOperation], generation: UInt32? = nil, isCommitted: Bool = true) {
        self.init(.operations(operations), generation, isCommitted: isCommitted)
    }

    private init(_ source: Source, _ generation: UInt32?, isCommitted: Bool) {
        var encoder = BatchEncoder(generation: generation)
        source.forEach { encoder.append($0) }
        encoder.finish(isCommitted: isCommitted)
        self.source = source
        messages = encoder.messages
        buffer = encoder.takeBuffer()
    }

    /// The messages, valid within the call.
    package func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(buffer.bytes)
    }

    /// How many bytes the messages are.
    package var byteCount: Int { buffer.bytes.count }

    /// What is to be done, in order.
    package var operations: [BatchOperation] {
        var operations: [BatchOperation] = []
        source.forEach { operations.append($0) }
        return operations
    }

    /// Whether there is nothing to send.
    package var isEmpty: Bool { messages.isEmpty }

    /// The sequence number of the last message before the end, the only one that asks for an acknowledgement: that comes
    /// when all are carried out.
    package var lastSequence: UInt32 { Self.firstSequence + UInt32(messages.count) }

    /// The way back from the messages to the steps, to be made once for all errors of a transaction.
    package var steps: BatchSteps { BatchSteps(operations, messages, buffer) }
}
