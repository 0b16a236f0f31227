import ClusterModel
import NetfilterKernel
import ProxyPlanning

/// A transaction that the kernel refused for the sake of some Services alone.
struct ServicesRefused: Error, CustomStringConvertible {
    /// What the kernel refused first of each.
    let failures: [NamespacedName: KernelFailure]

    /// All that was refused.
    let error: CommitError

    var description: String { error.description }

    /// Says whose fault it is that a transaction was refused.
    ///
    /// - Parameters:
    ///   - error: what the kernel said.
    ///   - plan: what was to be done.
    ///   - owners: whose part of the rules the step of a failure is; empty if that is not known.
    /// - Returns: nil if it is not, or not only, that of Services.
    init?(_ error: CommitError, _ plan: ProxyPlan, owners: (KernelFailure) -> [String]) {
        let names = Dictionary(uniqueKeysWithValues: plan.services.keys.map { ($0.description, $0) })
        var failures: [NamespacedName: KernelFailure] = [:]
        for failure in error.failures {
            let concerned = owners(failure)
            guard !Self.isOfTheMachine(failure.errno), !concerned.isEmpty else { return nil }
            for owner in concerned {
                guard let name = names[owner] else { return nil }
                failures[name] = failures[name] ?? failure
            }
        }
        self.failures = failures
        self.error = error
    }

    /// Whether the reason is none that an object gives.
    private static func isOfTheMachine(_ errno: Errno) -> Bool {
        [.notPermitted, .outOfMemory, .wouldBlock, .busy, .noData, .messageTooLong, .noBufferSpace].contains(errno)
    }
}

/// The Services that the kernel refused, and what is done instead, so that all others are served.
struct RefusedServices {
    /// A moment of the clock that no one sets.
    typealias Instant = ContinuousClock.Instant

    /// How long after it was refused an unchanged plan is tried again.
    static let retryPeriod = Duration.seconds(300)

    private struct Refusal {
        /// What was refused.
        let plan: ServicePlan
        /// What is in force instead; nil for nothing.
        let substitute: ServicePlan?
        let failure: KernelFailure
        let retryDue: Instant

        func diagnostic(_ name: NamespacedName) -> Diagnostic {
            let outcome = substitute == nil ? "is left out" : "stays as it was"
            return Diagnostic(
                .error, object: "Service \(name)", "the kernel refuses its rules, and it \(outcome): \(failure)")
        }
    }

    private var refusals: [NamespacedName: Refusal] = [:] {
        didSet { revision += 1 }
    }

    /// Another number as soon as anything else may be refused.
    private(set) var revision = 0
    /// What was in force instead of what is tried again.
    private var reopened: [NamespacedName: ServicePlan?] = [:]
    /// What the kernel refused most recently, by which new refusals are told from those that are known.
    private var reported: [NamespacedName: String] = [:]

    /// What the kernel refuses, by Service.
    var diagnostics: [Diagnostic] {
        refusals.sorted { $0.key < $1.key }.map { $1.diagnostic($0) }
    }

    /// Whether something is to be tried again.
    func isDue(_ now: Instant) -> Bool { refusals.contains { $0.value.retryDue <= now } }

    /// Forgets refusals of plans that are others now, or that are to be tried again.
    ///
    /// - Returns: the Services that were refused.
    mutating func review(_ plan: ProxyPlan, _ now: Instant) -> Set<NamespacedName> {
        let open = refusals.filter { name, refusal in
            plan.services[name] != refusal.plan || refusal.retryDue <= now
        }
        for (name, refusal) in open {
            refusals[name] = nil
            reopened.updateValue(refusal.substitute, forKey: name)
            if plan.services[name] == nil { reported[name] = nil }
        }
        return Set(open.keys)
    }

    /// Takes note of what was refused.
    ///
    /// - Parameters:
    ///   - refused: the Services, and why.
    ///   - plan: what is to be done.
    ///   - former: the plans that were in force, of those that are others now.
    /// - Returns: a diagnostic for each that is not known yet.
    mutating func note(
        _ refused: ServicesRefused, _ plan: ProxyPlan, former: [NamespacedName: ServicePlan?], _ now: Instant
    ) -> [Diagnostic] {
        var diagnostics: [Diagnostic] = []
        for (name, failure) in refused.failures.sorted(by: { $0.key < $1.key }) {
            guard let wanted = plan.services[name] else { continue }
            // What replaced it was refused as well.
            let isSecond = refusals[name] != nil
            let substitute = isSecond ? nil : (reopened[name] ?? former[name]) ?? nil
            let refusal = Refusal(
                plan: wanted, substitute: substitute, failure: failure,
                retryDue: now.advanced(by: Self.retryPeriod))
            refusals[name] = refusal
            if reported.updateValue(failure.description, forKey: name) == failure.description { continue }
            diagnostics.append(refusal.diagnostic(name))
        }
        return diagnostics
    }

    /// Takes note that what was tried again is in force.
    mutating func succeed() {
        for name in reopened.keys where refusals[name] == nil { reported[name] = nil }
        reopened = [:]
    }

    /// The pass with what is done instead of what was refused.
    func applied(to pass: SyncPass) -> SyncPass {
        if refusals.isEmpty { return pass }
        var pass = pass
        pass.plan = pass.plan.replacing(refusals.mapValues(\.substitute))
        pass.changed.formUnion(refusals.keys)
        return pass
    }
}
