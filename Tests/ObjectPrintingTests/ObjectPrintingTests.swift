import ClusterModel
import NetworkValues
import ObjectPrinting
import Testing

/// Goal: objects are printed so that other programs read the same in them.
@Suite struct ObjectPrintingTests {
    private var slice: EndpointSlice {
        let name = NamespacedName("shop", "web")
        let endpoints = (1...4).map { number in
            EndpointSlice.Endpoint(
                address: IPAddress(ipv4: 0x0a40_0000 + UInt32(number)), isReady: number > 1, nodeName: "a",
                details: EndpointSlice.Details(
                    zoneHints: ["east"], zone: "east", target: ObjectTarget(kind: "Pod", name: name)))
        }
        return EndpointSlice(
            metadata: ObjectMetadata(
                name: NamespacedName("shop", "web-abcde"), labels: ["on": "true"],
                creationTimestamp: Timestamp(seconds: 86400 * 365, nanoseconds: 500_000_000)),
            service: name, family: .ipv4, ports: [EndpointSlice.Port(port: 80, appProtocol: "http")],
            endpoints: endpoints, owner: ObjectTarget(kind: "Service", name: name))
    }

    @Test func aSliceIsPrintedAsTheAPIHasIt() throws {
        var slice = slice
        slice.endpoints.removeLast(3)
        #expect(
            try ObjectFormat.yaml.text(of: slice.tree) == """
                addressType: IPv4
                apiVersion: discovery.k8s.io/v1
                endpoints:
                - addresses:
                  - 10.64.0.1
                  conditions:
                    ready: false
                  hints:
                    forZones:
                    - name: east
                  nodeName: a
                  targetRef:
                    kind: Pod
                    name: web
                    namespace: shop
                  zone: east
                kind: EndpointSlice
                metadata:
                  creationTimestamp: '1971-01-01T00:00:00.5Z'
                  generateName: web-
                  labels:
                    'on': 'true'
                  name: web-abcde
                  namespace: shop
                  ownerReferences:
                  - apiVersion: v1
                    blockOwnerDeletion: true
                    controller: true
                    kind: Service
                    name: web
                ports:
                - appProtocol: http
                  name: ''
                  port: 80
                  protocol: TCP

                """)
    }

    @Test func whatIsPrintedIsReadAsTheSame() throws {
        var expected = slice
        expected.metadata.labels[EndpointSlice.serviceNameLabel] = "web"
        let list = ObjectTree.list(of: [expected.tree])
        expected.owner = nil
        let json = try DecodedDocument(Array(ObjectFormat.json.text(of: list).utf8), file: "json")
        #expect(json.edits == [.put(.endpointSlice(expected))] && json.diagnostics.isEmpty)
    }

    @Test func aTableHasKubectlsColumns() {
        #expect(
            EndpointSlice.table([slice], isWide: false).text == """
                NAMESPACE   NAME        ADDRESSTYPE   PORTS   ENDPOINTS
                shop        web-abcde   IPv4          80      10.64.0.1,10.64.0.2,10.64.0.3 + 1 more...

                """)
        let wide = EndpointSlice.table([slice], isWide: true).text
        #expect(wide.hasSuffix("   10.64.0.1,10.64.0.2,10.64.0.3,10.64.0.4   3/4     web       <none>\n"))
    }

    @Test(arguments: [
        "1970-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2000-02-29T12:34:56.000000789Z", "2026-11-28T13:00:00.12Z",
        "2100-03-01T00:00:00Z",
    ])
    func aMomentIsPrintedAsItWasWritten(_ text: String) {
        #expect(Timestamp(text)?.description == text)
    }
}
