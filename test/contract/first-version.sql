-- A database as the first version of Televisit wrote it.
CREATE TABLE sessions (
  session_id TEXT PRIMARY KEY,
  appointment_id TEXT NOT NULL UNIQUE,
  node_id TEXT NOT NULL,
  open INTEGER NOT NULL,
  version INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_open_by_node ON sessions (node_id) WHERE open = 1;
CREATE TABLE session_events (
  session_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (session_id, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO sessions VALUES ('sess_00000001', 'open', 'sfu-1', 1, 1, '{"sessionId":"sess_00000001","appointmentId":"open","seats":[{"userId":"d","role":"doctor","displayName":null},{"userId":"p","role":"patient","displayName":null}],"status":"scheduled","placement":{"nodeId":"sfu-1","epoch":1},"createdAt":1767603600000,"startedAt":null,"endedAt":null,"endReason":null,"eventCount":1,"version":1}');
INSERT INTO sessions VALUES ('sess_00000002', 'over', 'sfu-1', 0, 3, '{"sessionId":"sess_00000002","appointmentId":"over","seats":[{"userId":"d","role":"doctor","displayName":null},{"userId":"p","role":"patient","displayName":null}],"status":"ended","placement":{"nodeId":"sfu-1","epoch":1},"createdAt":1767603600001,"startedAt":1767603600002,"endedAt":1767603600009,"endReason":"host_ended","eventCount":3,"version":3}');
INSERT INTO session_events VALUES ('sess_00000001', 1, '{"type":"session.created","nodeId":"sfu-1","sessionId":"sess_00000001","seq":1,"at":1767603600000}');
INSERT INTO session_events VALUES ('sess_00000002', 1, '{"type":"session.created","nodeId":"sfu-1","sessionId":"sess_00000002","seq":1,"at":1767603600001}');
PRAGMA user_version = 1;
