import Admission
import ClusterModel
import Foundation
import NetworkValues
import Testing

/// Goal: an object is answered as the API server answers it.
/// Method: answers of kube-apiserver 1.36.2, recorded, to objects of all rules, new ones and changes. Where the
/// server chose an address or a port, it stands for what this code chooses.
@Suite struct RecordedAnswersTests {
    private struct Answer: Decodable {
        struct Object: Decodable {
            var kind: String
            var object: String
        }

        var about: String
        var kind: String
        var before: [Object]?
        var isStatus: Bool?
        var validation: String?
        var object: String
        var code: Int
        var warnings: [String]?
        var answer: String?
    }

    private static func answers() throws -> [Answer] {
        let file = try #require(Bundle.module.url(forResource: "Recorded/answers", withExtension: "json"))
        return try JSONDecoder().decode([Answer].self, from: Data(contentsOf: file))
    }

    private static func cluster() throws -> Admission {
        let blocks = [try #require(IPPrefix("10.96.0.0/16")), try #require(IPPrefix("fd00:96::/112"))]
        return Admission(ServicePools(clusterIPRanges: blocks, nodePortRange: 30000...32767))
    }

    @Test func answersAsTheServerDoes() throws {
        let answers = try Self.answers()
        #expect(answers.count > 300)
        for answer in answers { try check(answer) }
    }

    private func check(_ answer: Answer) throws {
        var admission = try Self.cluster()
        for object in answer.before ?? [] {
            let review = try review(object.object, object.kind, &admission)
            #expect(throws: Never.self, "\(answer.about)") { try review.result.get() }
        }
        if answer.isStatus == true {
            let status = try Document(json: Array(answer.object.utf8)).withRoot { Admission.status(of: $0) }
            try check(status.map { .failure($0) } ?? .success(nil), answer)
            return
        }
        let validation = try #require(FieldValidation(rawValue: answer.validation ?? "Warn"))
        let review = try review(answer.object, answer.kind, &admission, validation)
        try check(review.result.map { .some($0) }, answer)
        #expect(review.warnings == answer.warnings ?? [], "\(answer.about)")
    }

    private func review(
        _ text: String, _ kind: String, _ admission: inout Admission, _ validation: FieldValidation = .warn
    ) throws -> Review {
        let kind = try #require(ObjectKind(rawValue: kind))
        return try Document(json: Array(text.utf8)).withRoot { admission.review($0, kind, validation) }
    }

    private func check(_ result: Result<AdmittedObject?, Status>, _ answer: Answer) throws {
        switch result {
        case .failure(let status):
            #expect(status.code == answer.code, "\(answer.about): \(status.message)")
            let expected = try JSONDecoder().decode(ServerStatus.self, from: Data((answer.answer ?? "").utf8))
            let actual = try JSONDecoder().decode(ServerStatus.self, from: Data(status.json.utf8))
            #expect(actual == expected, "\(answer.about)")
        case .success(let object):
            #expect(answer.code == 200, "\(answer.about)")
            guard case .service(let service) = object, let text = answer.answer else { return }
            let expected = try Document(json: Array(text.utf8)).withRoot { ServiceFields($0) }
            #expect(service == expected, "\(answer.about)")
        }
    }
}

/// `metav1.Status`, as far as it says something.
private struct ServerStatus: Decodable, Equatable {
    struct Cause: Decodable, Equatable {
        var reason: String?
        var message: String?
        var field: String?
    }

    struct Details: Decodable, Equatable {
        var name: String?
        var group: String?
        var kind: String?
        var causes: [Cause]?
    }

    var message: String
    var reason: String?
    var details: Details?
}
