import NetfilterKernel

/// A moment at which it was known what the kernel holds, from which later ones follow by our own transactions alone,
/// unless somebody else commits something too.
struct KernelMoment: Equatable {
    /// The kernel's generation.
    let generation: UInt32
    /// How many transactions of our own had taken effect.
    let transactions: UInt32

    /// The generation in which the kernel is if nobody else has committed anything.
    ///
    /// - Parameter transactions: How many transactions of our own have taken effect by now.
    func generation(after transactions: UInt32) -> UInt32 {
        Generation.following(generation, by: transactions &- self.transactions)
    }
}
