//! The pod of the process ([OpenTelemetry], Kubernetes).
//!
//! A process does not know its pod, unless the deployment passes it on by the [downward API]. The
//! deployer chooses the names of the variables; these are common ones.
//!
//! [OpenTelemetry]: https://opentelemetry.io/docs/specs/semconv/resource/k8s/
//! [downward API]: https://kubernetes.io/docs/concepts/workloads/pods/downward-api/

use super::builder::ResourceBuilder;
use super::host_environment::HostEnvironment;

/// The attributes, and the variables that may hold them.
const VARIABLES: [(&str, &[&str]); 7] = [
    ("k8s.pod.name", &["K8S_POD_NAME", "POD_NAME", "MY_POD_NAME", "OTEL_RESOURCE_ATTRIBUTES_POD_NAME"]),
    ("k8s.pod.uid", &["K8S_POD_UID", "POD_UID", "MY_POD_UID", "OTEL_RESOURCE_ATTRIBUTES_POD_UID"]),
    ("k8s.namespace.name", &["K8S_NAMESPACE_NAME", "K8S_NAMESPACE", "POD_NAMESPACE", "MY_POD_NAMESPACE"]),
    ("k8s.node.name", &["K8S_NODE_NAME", "NODE_NAME", "MY_NODE_NAME", "OTEL_RESOURCE_ATTRIBUTES_NODE_NAME"]),
    ("k8s.container.name", &["K8S_CONTAINER_NAME", "CONTAINER_NAME"]),
    ("k8s.deployment.name", &["K8S_DEPLOYMENT_NAME"]),
    ("k8s.cluster.name", &["K8S_CLUSTER_NAME"]),
];

/// The file with the namespace, in every pod that may talk to the cluster.
const NAMESPACE: &str = "var/run/secrets/kubernetes.io/serviceaccount/namespace";

pub(super) fn detect(resource: &mut ResourceBuilder, environment: &HostEnvironment) {
    // Outside of Kubernetes, NODE_NAME may mean something else.
    if environment.variable(&["KUBERNETES_SERVICE_HOST"]).is_none() {
        return;
    }
    resource.add_detected("k8s.namespace.name", environment.file(NAMESPACE));
    for (key, names) in VARIABLES {
        resource.add_detected(key, environment.variable(names));
    }
}
