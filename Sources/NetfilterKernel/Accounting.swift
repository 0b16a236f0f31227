package import NetfilterWire

extension NetfilterSocket {
    /// Whether rules can count packets in accounting objects: the kernel has both the objects and the match for them, and
    /// the caller may ask, which needs CAP_NET_ADMIN. Nothing is changed.
    ///
    /// - Throws: ``ListingError`` if the answer is not well formed.
    package func offersAccounting() throws(ListingError) -> Bool {
        do {
            _ = try ask(AccountingRequest.list) { _ in }
            _ = try ask(MatchProbe.accounting) { _ in }
            return true
        } catch .kernel {
            return false
        }
    }

    /// Makes the accounting objects of these names that are not there; those that are keep their counts.
    ///
    /// The corresponding command is `nfacct add NAME`.
    ///
    /// - Throws: ``ListingError``.
    package func ensureAccountingObjects(_ names: [String]) throws(ListingError) {
        for name in names {
            do {
                _ = try ask(AccountingRequest.create(name)) { _ in }
            } catch .kernel(let failure) where failure.errno == .exists {
                continue
            }
        }
    }

    /// All accounting objects of the network namespace, with what they have counted.
    ///
    /// - Throws: ``ListingError``.
    package func accountingObjects() throws(ListingError) -> [AccountingObject] {
        var objects: [AccountingObject] = []
        _ = try ask(AccountingRequest.list) { message throws(WireError) in
            if let object = try AccountingObject(message) { objects.append(object) }
        }
        return objects
    }
}
