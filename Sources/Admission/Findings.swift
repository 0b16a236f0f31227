import ClusterModel

/// What the API server has against an object, in the order in which it finds it.
struct Findings {
    /// Whoever writes an object must not be able to fill memory with what is wrong with it.
    private static let problemsMax = 1000

    private(set) var problems = Bounded<FieldProblem>(limit: problemsMax)

    /// How many there are, those that are not kept among them.
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// - Parameter path: Only made if the problem is kept.
    mutating func add(_ problem: FieldProblem, _ path: @autoclosure () -> FieldPath) {
        var problem = problem
        if problems.elements.count < Self.problemsMax { problem.path.steps = path().steps + problem.path.steps }
        problems.append(problem)
        count += 1
    }

    /// What somebody else has found.
    mutating func append(_ others: Findings) {
        for problem in others.problems.elements { problems.append(problem) }
        problems.omit(others.problems.omittedCount)
        count += others.count
    }

    mutating func required(_ path: @autoclosure () -> FieldPath, _ detail: String = "") {
        add(.required(detail), path())
    }

    mutating func forbidden(_ path: @autoclosure () -> FieldPath, _ detail: String) {
        add(.forbidden(detail), path())
    }

    mutating func duplicate(_ path: @autoclosure () -> FieldPath, _ value: FieldProblem.Value) {
        add(.duplicate(value), path())
    }

    mutating func invalid(_ path: @autoclosure () -> FieldPath, _ value: FieldProblem.Value, _ detail: String) {
        add(.invalid(value, detail), path())
    }

    /// One problem for each of these sentences about a text.
    mutating func invalid(_ path: @autoclosure () -> FieldPath, _ text: String, _ details: [String]) {
        for detail in details { invalid(path(), .text(text), detail) }
    }

    mutating func tooMany(_ path: @autoclosure () -> FieldPath, _ count: Int, max: Int) {
        add(
            FieldProblem(reason: .tooMany, badValue: .number(count), detail: "must have at most \(max) items"), path())
    }

    /// A word that is none of those that the API knows.
    mutating func supported(_ path: @autoclosure () -> FieldPath, _ text: String, _ words: [String]) {
        if !words.contains(text) { add(.notSupported(text, words), path()) }
    }
}

extension FieldPath {
    static let metadata = FieldPath([.key("metadata")])
    static let spec = FieldPath([.key("spec")])

    func key(_ key: String) -> FieldPath { FieldPath(steps + [.key(key)]) }
    func index(_ index: Int) -> FieldPath { FieldPath(steps + [.index(index)]) }
    func entry(_ key: String) -> FieldPath { FieldPath(steps + [.entry(key)]) }
}

extension FieldProblem.Value {
    /// A list of texts as Go prints it: one that is not there is `null`.
    static func list(_ texts: [String]?) -> Self { texts.map { .texts($0) } ?? .written("null") }

    /// A text that may not be there.
    static func optional(_ text: String?) -> Self { text.map { .text($0) } ?? .written("null") }
}
