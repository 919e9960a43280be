"""What a team would write instead of functions/webhook: Powertools and boto3.

Does the same for each call: believes or refuses it, keeps a reply and the number to answer to once,
puts an id on a queue, and answers 202.
"""

import hashlib
import hmac
import json
import os
import time

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.utilities import parameters
from botocore.exceptions import ClientError

logger = Logger(service="webhook")
app = APIGatewayHttpResolver()
table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
sqs = boto3.client("sqs")
queue = os.environ["INBOUND_QUEUE_URL"]
pepper = parameters.get_parameter(os.environ["PEPPER_PARAMETER"], decrypt=True).encode()
tokens = parameters.get_parameter(
    os.environ["NOTIFY_CALLBACK_TOKENS_PARAMETER"], decrypt=True
).split()


def believed():
    given = app.current_event.headers.get("authorization", "")
    return any([hmac.compare_digest(given, f"Bearer {token}") for token in tokens])


def keep_once(item):
    try:
        table.put_item(Item=item, ConditionExpression="attribute_not_exists(id)")
        return True
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False


def put(message):
    sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(message))


@app.post("/callbacks/notify/receipt")
def receipt():
    if not believed():
        return Response(status_code=401)
    told = app.current_event.json_body
    put({"type": "receipt", "contact": told["reference"], "receipt": told["status"]})
    logger.info("answered", extra={"outcome": "receipt"})
    return Response(status_code=202)


@app.post("/callbacks/notify/inbound")
def inbound():
    if not believed():
        return Response(status_code=401)
    told = app.current_event.json_body
    person = hmac.new(pepper, told["source_number"].encode(), hashlib.sha256).hexdigest()
    now = int(time.time())
    table.put_item(
        Item={
            "id": f"number#{person}",
            "mobile": told["source_number"],
            "expires": now + 4 * 86_400,
        }
    )
    new = keep_once(
        {
            "id": f"call#{told['id']}",
            "person": person,
            "text": told["message"],
            "received_at": told["date_received"],
            "expires": now + 183 * 86_400,
        }
    )
    put({"type": "reply", "message": told["id"]})
    logger.info("answered", extra={"outcome": "reply" if new else "repeated"})
    return Response(status_code=202 if new else 200)


def handler(event, context):
    return app.resolve(event, context)
