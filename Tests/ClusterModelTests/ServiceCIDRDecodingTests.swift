import ClusterModel
import NetworkValues
import Testing

@Suite struct ServiceCIDRDecodingTests {
    private static func text(_ body: String, version: String = "v1") -> String {
        #"{"kind": "ServiceCIDR", "apiVersion": "networking.k8s.io/\#(version)", "metadata": {"name": "a"}, \#(body)}"#
    }

    @Test(arguments: ["v1", "v1beta1"]) func readsBlocks(version: String) throws {
        let text = Self.text(#""spec": {"cidrs": ["010.096.0.1/16", "FD00::1/112"]}, "status": {}"#, version: version)
        let metadata = ObjectMetadata(name: NamespacedName("", "a"))
        let expected = ServiceCIDR(metadata: metadata, cidrs: [try prefix("10.96.0.0/16"), try prefix("fd00::/112")])
        #expect(try objects(text) == [.serviceCIDR(expected)])
        #expect(try decode(text).edits.map(\.reference?.description) == ["ServiceCIDR a"])
    }

    @Test(arguments: [
        (#""spec": {}"#, "spec.cidrs: Required value: at least one CIDR required"),
        (#""status": {}"#, "spec.cidrs: Required value: at least one CIDR required"),
        (#""spec": 5"#, "spec: expected an object, found 5"),
        (#""spec": {"cidrs": "10.96.0.0/16"}"#, #"spec.cidrs: expected an array, found "10.96.0.0/16""#),
        (#""spec": {"cidrs": [5]}"#, "spec.cidrs[0]: expected a string, found 5"),
        (
            #""spec": {"cidrs": ["10.96.0.0"]}"#,
            #"spec.cidrs[0]: Invalid value: "10.96.0.0": must be a valid CIDR value, "#
                + "(e.g. 10.9.8.0/24 or 2001:db8::/64)"
        ),
        (
            #""spec": {"cidrs": ["10.96.0.0/16", "10.97.0.0/16"]}"#,
            "spec.cidrs: Invalid value: may specify no more than one CIDR for each IP family"
        ),
        (
            #""spec": {"cidrs": ["10.96.0.0/16", "fd00::/112", "10.97.0.0/16"]}"#,
            "spec.cidrs: Invalid value: 3 values: may only hold up to 2 values"
        ),
        (#""spec": {"cidrs": ["::/0"]}"#, #"spec.cidrs[0]: Invalid value: "::/0": may not hold all addresses"#),
    ])
    func refusesWhatIsNone(body: String, problem: String) throws {
        #expect(try problems(Self.text(body)) == [problem])
        #expect(
            try decode(Self.text(body)).edits == [.refused(ObjectReference(.serviceCIDR, NamespacedName("", "a")))])
    }
}
