"""What a team would write instead of functions/send: Powertools, boto3 and Notify's own client.

Does the same for each message of a batch: looks whether the contact is still to be texted, claims it
so that a second delivery sends nothing, texts, and writes down what came of it.
"""

import os

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities import parameters
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from notifications_python_client.notifications import NotificationsAPIClient

logger = Logger(service="send")
processor = BatchProcessor(event_type=EventType.SQS)
table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
notify = NotificationsAPIClient(
    parameters.get_parameter(os.environ["NOTIFY_API_KEY_PARAMETER"], decrypt=True),
    base_url=os.environ["NOTIFY_BASE_URL"],
)
claims = DynamoDBPersistenceLayer(table_name=os.environ["TABLE_NAME"])
config = IdempotencyConfig(event_key_jmespath="contact", expires_after_seconds=86_400)


def item(id):
    return table.get_item(Key={"id": id}, ConsistentRead=True).get("Item")


@idempotent_function(data_keyword_argument="message", persistence_store=claims, config=config)
def text(message):
    contact = item(f"contact#{message['contact']}")
    if contact is None or contact["status"] != "queued":
        return {"outcome": "nothing to send"}
    person = item(f"person#{contact['person']}")
    if person is None or "opted_out" in person:
        return {"outcome": "cancelled"}
    log = item(contact["log"])
    if log is None or log["status"] != "closed":
        return {"outcome": "cancelled"}
    answer = notify.send_sms_notification(
        phone_number=person["mobile"],
        template_id=os.environ["NOTIFY_TEMPLATE_ID"],
        personalisation={"message": log["text"]},
        reference=message["contact"],
    )
    table.update_item(
        Key={"id": contact["id"]},
        UpdateExpression="SET #status = :accepted, supplier_id = :id",
        ConditionExpression="#status = :queued",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={
            ":accepted": "accepted",
            ":queued": "queued",
            ":id": answer["id"],
        },
    )
    return {"outcome": "accepted"}


def record_handler(record: SQSRecord):
    result = text(message=record.json_body)
    logger.info("handled", extra={"message_id": record.message_id, **result})


def handler(event, context):
    config.register_lambda_context(context)
    return process_partial_response(
        event=event, record_handler=record_handler, processor=processor, context=context
    )
