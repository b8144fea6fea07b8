# Uses the client that openapi-python-client makes; generated-clients.test.ts runs it.
import datetime
import json
import os

from televisit_client import AuthenticatedClient
from televisit_client.api.people import join_session
from televisit_client.api.reports import get_audit, get_report
from televisit_client.api.sessions import create_session, end_session, get_session, list_sessions
from televisit_client.models import (
    CreateSessionRequest,
    JoinSessionRequest,
    ListSessionsStatusItem,
    Problem,
)

client = AuthenticatedClient(
    base_url=os.environ["API_URL"] + "/api/v1",
    token=os.environ["API_SECRET"],
    prefix="",
    auth_header_name="X-Internal-Secret",
)
created = create_session.sync(
    client=client,
    idempotency_key="python-1",
    body=CreateSessionRequest.from_dict(
        {
            "appointmentId": "python-1",
            "doctorId": "dr-jones",
            "patientId": "patient-7",
            "title": "Überblick",
            "options": {"chat": True},
            "metadata": {"ward": "4"},
            "seats": [{"userId": "interpreter-1", "role": "interpreter", "displayName": None}],
        }
    ),
)
session_id = created.session_id
link = join_session.sync(session_id, client=client, body=JoinSessionRequest(user_id="patient-7", role="patient"))
page = list_sessions.sync(
    client=client,
    status=[ListSessionsStatusItem.SCHEDULED, ListSessionsStatusItem.LIVE],
    from_=datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc),
)
end_session.sync(session_id, client=client)
session = get_session.sync(session_id, client=client)
report = get_report.sync(session_id, client=client)
audit = get_audit.sync(session_id, client=client)
refusal = get_session.sync("sess_00000000", client=client)
assert isinstance(refusal, Problem)
print(
    json.dumps(
        {
            "joinUrl": link.join_url.startswith("http"),
            "listed": any(one.session_id == session_id for one in page.sessions),
            "title": session.title,
            "ward": session.metadata["ward"],
            "seats": len(session.seats),
            "status": session.status,
            "endedBy": report.ended_by.type_ if report.ended_by else None,
            "actions": any(entry.action == "session.created" for entry in audit.entries),
            "refusal": refusal.code,
        }
    )
)
