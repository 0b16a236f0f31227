/// The types of `k8s.io/api` that are looked at, with all their fields: one that is missing here would be an unknown
/// field.
extension Shape {
    static let service = object(
        "Service",
        [
            "apiVersion": .text, "kind": .text, "metadata": .metadata, "spec": .serviceSpec, "status": .serviceStatus,
        ])
    static let endpoints = object(
        "Endpoints",
        [
            "apiVersion": .text, "kind": .text, "metadata": .metadata, "subsets": .list(.subset),
        ])
    static let endpointSlice = object(
        "EndpointSlice",
        [
            "apiVersion": .text, "kind": .text, "metadata": .metadata,
            "addressType": .string("v1.AddressType"), "endpoints": .list(.endpoint),
            "ports": .list(.endpointPort),
        ])

    // MARK: metav1

    private static let metadata = object(
        "ObjectMeta",
        [
            "name": .text, "generateName": .text, "namespace": .text, "selfLink": .text, "uid": .string("types.UID"),
            "resourceVersion": .text, "generation": .int64, "creationTimestamp": .time, "deletionTimestamp": .time,
            "deletionGracePeriodSeconds": .int64, "labels": .stringMap, "annotations": .stringMap,
            "ownerReferences": .list(.ownerReference), "finalizers": .list(.text),
            "managedFields": .list(.managedFields),
        ])
    private static let ownerReference = object(
        "OwnerReference",
        [
            "apiVersion": .text, "kind": .text, "name": .text, "uid": .string("types.UID"), "controller": .boolean,
            "blockOwnerDeletion": .boolean,
        ])
    private static let managedFields = object(
        "ManagedFieldsEntry",
        [
            "manager": .text, "operation": .string("v1.ManagedFieldsOperationType"), "apiVersion": .text,
            "time": .time, "fieldsType": .text, "fieldsV1": .any, "subresource": .text,
        ])
    private static let condition = object(
        "Condition",
        [
            "type": .text, "status": .string("v1.ConditionStatus"), "observedGeneration": .int64,
            "lastTransitionTime": .time, "reason": .text, "message": .text,
        ])

    // MARK: Services

    private static let serviceSpec = object(
        "ServiceSpec",
        [
            "ports": .list(.servicePort), "selector": .stringMap, "clusterIP": .text,
            "clusterIPs": .list(.text), "type": .string("v1.ServiceType"), "externalIPs": .list(.text),
            "sessionAffinity": .string("v1.ServiceAffinity"), "loadBalancerIP": .text,
            "loadBalancerSourceRanges": .list(.text), "externalName": .text,
            "externalTrafficPolicy": .string("v1.ServiceExternalTrafficPolicy"), "healthCheckNodePort": .int32,
            "publishNotReadyAddresses": .boolean, "sessionAffinityConfig": .sessionAffinityConfig,
            "ipFamilies": .list(.string("v1.IPFamily")), "ipFamilyPolicy": .string("v1.IPFamilyPolicy"),
            "allocateLoadBalancerNodePorts": .boolean, "loadBalancerClass": .text,
            "internalTrafficPolicy": .string("v1.ServiceInternalTrafficPolicy"), "trafficDistribution": .text,
        ])
    private static let servicePort = object(
        "ServicePort",
        [
            "name": .text, "protocol": .string("v1.Protocol"), "appProtocol": .text, "port": .int32,
            "targetPort": .intOrString, "nodePort": .int32,
        ])
    private static let sessionAffinityConfig = object(
        "SessionAffinityConfig", ["clientIP": .clientIPConfig])
    private static let clientIPConfig = object("ClientIPConfig", ["timeoutSeconds": .int32])
    private static let serviceStatus = object(
        "ServiceStatus",
        ["loadBalancer": .loadBalancerStatus, "conditions": .list(.condition)])
    private static let loadBalancerStatus = object(
        "LoadBalancerStatus", ["ingress": .list(.loadBalancerIngress)])
    private static let loadBalancerIngress = object(
        "LoadBalancerIngress",
        [
            "ip": .text, "hostname": .text, "ipMode": .string("v1.LoadBalancerIPMode"),
            "ports": .list(.portStatus),
        ])
    private static let portStatus = object(
        "PortStatus", ["port": .int32, "protocol": .string("v1.Protocol"), "error": .text])

    // MARK: Endpoints

    private static let subset = object(
        "EndpointSubset",
        [
            "addresses": .list(.endpointAddress), "notReadyAddresses": .list(.endpointAddress),
            "ports": .list(.endpointPort),
        ])
    private static let endpointAddress = object(
        "EndpointAddress",
        ["ip": .text, "hostname": .text, "nodeName": .text, "targetRef": .objectReference])
    private static let objectReference = object(
        "ObjectReference",
        [
            "kind": .text, "namespace": .text, "name": .text, "uid": .string("types.UID"), "apiVersion": .text,
            "resourceVersion": .text, "fieldPath": .text,
        ])

    // MARK: EndpointSlices

    private static let endpoint = object(
        "Endpoint",
        [
            "addresses": .list(.text), "conditions": .conditions, "targetRef": .objectReference,
            "nodeName": .text, "zone": .text, "hostname": .text, "hints": .hints,
            "deprecatedTopology": .stringMap,
        ])
    private static let conditions = object(
        "EndpointConditions", ["ready": .boolean, "serving": .boolean, "terminating": .boolean])
    private static let hints = object(
        "EndpointHints", ["forZones": .list(.forZone), "forNodes": .list(.forNode)])
    private static let forZone = object("ForZone", ["name": .text])
    private static let forNode = object("ForNode", ["name": .text])

    /// Of a slice or of a subset: their fields are the same.
    private static let endpointPort = object(
        "EndpointPort", ["name": .text, "port": .int32, "protocol": .string("v1.Protocol"), "appProtocol": .text])
}
