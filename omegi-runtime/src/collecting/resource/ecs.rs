//! The task of Amazon's Elastic Container Service ([OpenTelemetry], AWS ECS), from its [metadata
//! endpoint].
//!
//! Other clouds get no request. Only an attempt shows whether their endpoints exist. It would cost
//! every program a wait, and no detector for Rust is maintained well enough to follow.
//!
//! [OpenTelemetry]: https://opentelemetry.io/docs/specs/semconv/resource/cloud-provider/aws/ecs/
//! [metadata endpoint]: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4.html

use std::time::Instant;

use crate::settings::text_members;

use super::builder::ResourceBuilder;
use super::host_environment::HostEnvironment;
use super::http::get;

pub(super) fn detect(resource: &mut ResourceBuilder, environment: &HostEnvironment, deadline: Instant) {
    let Some(address) = environment.variable(&["ECS_CONTAINER_METADATA_URI_V4"]) else { return };
    resource.add("cloud.provider", "aws");
    resource.add("cloud.platform", "aws_ecs");
    if let Some(container) = MetadataResponse::to(&address, deadline) {
        add_container(resource, &container);
    }
    if let Some(task) = MetadataResponse::to(&format!("{address}/task"), deadline) {
        add_task(resource, &task);
    }
}

fn add_container(resource: &mut ResourceBuilder, container: &MetadataResponse) {
    resource.add_detected("container.id", container.text("DockerId"));
    resource.add_detected("container.name", container.text("DockerName"));
    resource.add_detected(
        "container.image.name",
        container.text("Image").map(|image| image_name(&image).to_owned()),
    );
    let arn = container.text("ContainerARN");
    resource.add_detected("aws.ecs.container.arn", arn.clone());
    resource.add_detected("cloud.resource_id", arn);
}

fn add_task(resource: &mut ResourceBuilder, task: &MetadataResponse) {
    let Some(arn) = task.text("TaskARN") else { return };
    resource.add_detected("cloud.region", arn_part(&arn, 3));
    resource.add_detected("cloud.account.id", arn_part(&arn, 4));
    resource.add_detected("cloud.availability_zone", task.text("AvailabilityZone"));
    resource
        .add_detected("aws.ecs.cluster.arn", task.text("Cluster").map(|cluster| cluster_arn(&cluster, &arn)));
    resource
        .add_detected("aws.ecs.launchtype", task.text("LaunchType").map(|kind| kind.to_ascii_lowercase()));
    resource.add_detected("aws.ecs.task.id", arn.rsplit('/').next().map(str::to_owned));
    resource.add_detected("aws.ecs.task.family", task.text("Family"));
    resource.add_detected("aws.ecs.task.revision", task.text("Revision"));
    resource.add_detected("aws.ecs.task.arn", Some(arn));
}

/// The members of the endpoint's answer that are texts.
struct MetadataResponse(Vec<(String, String)>);

impl MetadataResponse {
    fn to(address: &str, deadline: Instant) -> Option<Self> {
        text_members(&get(address, deadline)?).map(Self)
    }

    fn text(&self, name: &str) -> Option<String> {
        self.0.iter().find(|(resource, _)| resource == name).map(|(_, text)| text.clone())
    }
}

/// A part of `arn:aws:ecs:<region>:<account>:<resource>`.
fn arn_part(arn: &str, nth: usize) -> Option<String> {
    arn.starts_with("arn:").then(|| arn.split(':').nth(nth).map(str::to_owned)).flatten()
}

/// The cluster's ARN, also if the answer has only its name.
fn cluster_arn(cluster: &str, task_arn: &str) -> String {
    match task_arn.rsplit_once(':') {
        Some((base, _)) if !cluster.starts_with("arn:") => format!("{base}:cluster/{cluster}"),
        _ => cluster.to_owned(),
    }
}

/// An image's name without its tag and digest.
fn image_name(image: &str) -> &str {
    let name = image.split('@').next().unwrap_or(image);
    match name.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => name,
    }
}
