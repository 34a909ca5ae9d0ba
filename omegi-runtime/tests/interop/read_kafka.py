"""Reads topics to their ends with kafka-python, a client that shares no code with librdkafka.

    python3 read_kafka.py json|otlp BROKERS TOPIC...

Prints a line of JSON for each message. `otlp` decodes values with OpenTelemetry's own protobuf classes.
Exits with 77 if a package is missing:

    pip install kafka-python==2.2.15 opentelemetry-proto
"""

import json
import signal
import sys

try:
    from google.protobuf.json_format import MessageToDict
    from kafka import KafkaConsumer, TopicPartition
    from opentelemetry.proto.trace.v1.trace_pb2 import TracesData
except ImportError as missing:
    print(missing, file=sys.stderr)
    sys.exit(77)


def decoded(encoding, value):
    if encoding == "json":
        return json.loads(value.decode("utf-8"))
    data = TracesData()
    data.ParseFromString(value)
    return MessageToDict(data)


def main(encoding, brokers, *topics):
    consumer = KafkaConsumer(bootstrap_servers=brokers.split(","), enable_auto_commit=False)
    partitions = [
        TopicPartition(topic, number)
        for topic in topics
        for number in consumer.partitions_for_topic(topic) or ()
    ]
    consumer.assign(partitions)
    # With this broker, `seek_to_beginning` and then `position` never returns. Named offsets work.
    for partition, offset in consumer.beginning_offsets(partitions).items():
        consumer.seek(partition, offset)
    ends = consumer.end_offsets(partitions)
    while any(consumer.position(partition) < ends[partition] for partition in partitions):
        for messages in consumer.poll(timeout_ms=500).values():
            for message in messages:
                value = decoded(encoding, message.value)
                line = {"topic": message.topic, "key": message.key.decode(), "value": value}
                print(json.dumps(line))


# Ends a client that waits for ever.
signal.alarm(60)
main(*sys.argv[1:])
