package import ClusterModel

/// Why a Service cannot have what it needs.
package struct AllocationProblem: Error, Hashable {
    /// What is to be said of it.
    package var contents: [Diagnostic.Content]

    /// Fields, by the rules of the API.
    init(_ problems: [FieldProblem]) {
        contents = problems.map { .field($0) }
    }

    /// Something has run out, or the like.
    init(_ words: String) {
        contents = [.words(words)]
    }
}
