import ClusterModel
import NetworkValues
import Testing

/// Decodes a text as the file `f.json`.
func decode(_ text: String) throws -> DecodedDocument {
    try DecodedDocument(Array(text.utf8), file: "f.json")
}

/// The objects that a text says to be there.
func objects(_ text: String) throws -> [ClusterObject] {
    let document = try decode(text)
    #expect(document.diagnostics.isEmpty, "\(document.diagnostics)")
    return document.edits.compactMap { edit in
        guard case .put(let object) = edit else { return nil }
        return object
    }
}

/// The one Service of a text without diagnostics.
func service(_ text: String) throws -> Service {
    guard case .service(let service)? = try objects(text).first else {
        throw UnexpectedObject(text: text)
    }
    return service
}

/// The one EndpointSlice of a text without diagnostics.
func slice(_ text: String) throws -> EndpointSlice {
    guard case .endpointSlice(let slice)? = try objects(text).first else {
        throw UnexpectedObject(text: text)
    }
    return slice
}

/// A text gives something else than the test wants.
struct UnexpectedObject: Error {
    var text: String
}

/// The paths and words of the diagnostics of a text.
func problems(_ text: String) throws -> [String] {
    try decode(text).diagnostics.map { "\($0.path ?? ""): \($0.message)" }
}

func ip(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }
func prefix(_ text: String) throws -> IPPrefix { try #require(IPPrefix(text)) }
