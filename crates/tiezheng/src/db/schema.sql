-- The whole present schema. Types: ID (text, byte order), TEXT, INT (64 bits), BYTES, REAL. Times are UTC milliseconds.
-- The comment of a column starts with its class: public, personal, secret (never leaves the server) or evidence
-- (covered by a leaf of the log, never updated).

create table meta (
  key TEXT primary key,                 -- public: 'schema', 'installation', 'clock' …
  value TEXT not null                   -- public
);

-- 执法机关
create table agency (
  id ID primary key,                    -- public
  name TEXT not null,                   -- public
  short_name TEXT not null,             -- public
  profile TEXT not null,                -- public: the regulation it follows, a folder of regulations/
  created_ms INT not null               -- public
);

-- 单位: a tree below the agency.
create table unit (
  id ID primary key,                    -- public
  agency_id ID not null references agency (id), -- public
  parent_id ID references unit (id),    -- public: null for the topmost
  name TEXT not null,                   -- public
  kind TEXT not null                    -- public: bureau, brigade, group, office …
);
create index unit_by_agency on unit (agency_id);

-- 适用规定: which regulation binds a unit, and since when. Each unit has its own: neither its parent's nor its agency's
-- stands in for it. Bound anew, the old row ends where the new one begins, and what was begun before keeps the old one.
create table unit_regulation (
  unit_id ID not null references unit (id), -- public
  profile TEXT not null,                -- public: a folder of regulations/
  from_ms INT not null,                 -- public: 00:00 of a legal day; that of 1970-01-01: from the outset
  to_ms INT,                            -- public: 24:00 of its last day; null: still
  document TEXT,                        -- public: what it rests on
  decided_by TEXT,                      -- personal
  primary key (unit_id, from_ms),
  check (to_ms is null or to_ms > from_ms)
);

-- 人员: officers and everybody else who answers for something.
create table person (
  id ID primary key,                    -- personal
  agency_id ID not null references agency (id), -- public
  unit_id ID references unit (id),      -- public
  name TEXT not null,                   -- personal
  certificate_no TEXT,                  -- personal: 执法证号
  active INT not null                   -- public: 0 once transferred or retired
);
create index person_by_unit on person (agency_id, unit_id);

-- 责任: who answers for what in a unit, from when to when. Ended, never removed.
create table responsibility (
  id ID primary key,                    -- public
  agency_id ID not null references agency (id), -- public
  unit_id ID not null references unit (id), -- public
  duty TEXT not null,                   -- public: first_responsible, device_register … (rules: Responsibility)
  person_id ID references person (id),  -- personal: null where a body holds it
  linked_unit_id ID references unit (id), -- public: the body that holds it: 法制综合组, the office that watches
  deputy_id ID references person (id),  -- personal
  post TEXT,                            -- public
  document TEXT,                        -- public
  from_ms INT not null,                 -- public
  to_ms INT                             -- public: null: until further notice
);
create index responsibility_by_unit on responsibility (agency_id, unit_id, duty);

-- 交接: one person's post handed to another. list is what was held when it was opened and never changes; what has changed
-- since stands in discrepancies. One open at a time for a person.
create table handover (
  id ID primary key,                    -- public
  agency_id ID not null references agency (id), -- public
  unit_id ID references unit (id),      -- public: of the post when it was opened
  person_id ID not null references person (id), -- personal: 移交人
  successor_id ID not null references person (id), -- personal: 接收人
  head_id ID not null references person (id), -- personal: 监交人, the head who signs last
  to_unit_id ID references unit (id),   -- public: where the person goes; null: leaves
  effective_on TEXT not null,           -- public: day from which the transfer holds
  reason TEXT,                          -- personal
  document TEXT,                        -- public
  list TEXT not null,                   -- personal: JSON: devices, recordings, tasks, duties
  state TEXT not null,                  -- public: open, done, withdrawn
  person_signed TEXT,                   -- personal: JSON: name, when, by which account, how
  successor_signed TEXT,                -- personal
  head_signed TEXT,                     -- personal
  discrepancies TEXT not null,          -- personal: JSON list of {party, at_ms, text, changes}
  opened_by TEXT not null,              -- personal
  opened_ms INT not null,               -- public
  tried_ms INT,                         -- public: when the post was first to be closed all the same; refused
  closed_ms INT                         -- public
);
create unique index handover_open on handover (person_id) where closed_ms is null;
create index handover_by_agency on handover (agency_id, state);

-- 账号: what somebody signs in with. An IT administrator has no person and no agency.
create table account (
  account TEXT primary key,             -- personal
  person_id ID references person (id),  -- personal
  agency_id ID references agency (id),  -- public: null: the whole installation
  name TEXT not null,                   -- personal
  password TEXT,                        -- secret: argon2id; null: cannot sign in with a password
  activation BYTES,                     -- secret: of both halves of the code that lets the owner set a password; else null
  activation_until_ms INT,              -- secret
  disabled INT not null default 0,      -- public
  created_ms INT not null,              -- public
  email TEXT,                           -- personal: where its reminders go; null: nowhere
  language TEXT                         -- public: of what is sent to it: zh-CN, en; null: zh-CN
);

-- 到期提醒: what was sent to whom on a legal day, or could not be: one of an account, a day and a channel, whichever node
-- sends it. Gone after a month; what was sent in all is told by reminders.sent.
create table reminder (
  account TEXT not null references account (account), -- personal
  day TEXT not null,                    -- public: 2026-11-21
  channel TEXT not null,                -- public: mail, webhook
  state TEXT not null,                  -- public: sending, sent, failed
  attempts INT not null,                -- public
  at_ms INT not null,                   -- public: of the last attempt
  problem TEXT,                         -- personal: JSON: code and params of why it could not be sent
  primary key (account, day, channel)
);
create index reminder_by_day on reminder (day);

create table account_role (
  account TEXT not null references account (account), -- personal
  role TEXT not null,                   -- public
  primary key (account, role)
);

-- 待确认的授权: what a security administrator wants an account to be able to do. Without effect until somebody else
-- confirms it; the row goes with the decision, the events stay.
create table account_grant (
  id ID primary key,                    -- public
  account TEXT not null unique references account (account), -- personal
  agency_id ID references agency (id),  -- public: of the account: its leader may confirm
  roles TEXT not null,                  -- public: JSON list: all the account is to have
  renew INT not null,                   -- public: 1: the owner is to set a password anew
  code BYTES,                           -- secret: digest of the asker's half of the activation code; null: no renewal
  asked_by TEXT not null,               -- personal
  asked_ms INT not null                 -- public
);

-- Wrong passwords, counted by who was asked for from where. The key is a digest of an address, or of an address and an
-- account, whether there is such an account or not: from another address nobody is kept out, and nothing is learnt.
create table wrong_password (
  key TEXT primary key,                 -- secret
  failed INT not null,                  -- secret: since since_ms
  since_ms INT not null,                -- secret
  locked_until_ms INT                   -- secret
);

-- 会话: the cookie holds a random id; only its digest is kept.
create table session (
  digest BYTES primary key,             -- secret
  account TEXT not null references account (account), -- personal
  created_ms INT not null,              -- public
  seen_ms INT not null,                 -- public
  expires_ms INT not null               -- public
);

-- Machine tokens: for stations and scripts.
create table token (
  id ID primary key,                    -- public
  digest BYTES not null unique,         -- secret
  account TEXT not null references account (account), -- personal
  label TEXT not null,                  -- public
  created_ms INT not null,              -- public
  expires_ms INT,                       -- public
  revoked_ms INT                        -- public
);

-- 音像记录设备: what is there, and how it stands today. What became of it, step by step, is told by device_step.
create table device (
  id ID primary key,                    -- public
  agency_id ID not null references agency (id), -- public
  unit_id ID references unit (id),      -- public: whose it is; null: the agency's own store
  kind TEXT not null,                   -- public: requirements §1.3
  maker TEXT not null,                  -- public: empty where nobody has told it
  model TEXT not null,                  -- public
  description TEXT,                     -- public: what it is, of kind other
  serial_no TEXT not null,              -- public
  asset_no TEXT,                        -- public
  capacity_gb INT,                      -- public
  capabilities TEXT not null,           -- public: JSON list of words: explosion_proof, gps …
  accessories TEXT not null,            -- public: JSON list
  acquired_on TEXT,                     -- public: day; null: loaded from a file that does not tell it
  price_fen INT,                        -- public: 原价, in fen
  in_use_on TEXT,                       -- public: day from which the service life runs; null: never used
  purpose TEXT,                         -- public: 执法用途
  purchase_id ID,                       -- public: with which purchase it came
  status TEXT not null,                 -- public: in_store, issued, checked_out, stopped, in_repair, device_sealed, destroyed, lost, stolen
  revision INT not null,                -- public: of the last step; who acts may say which one he saw
  upkeep_ms INT,                        -- public: last upkeep
  drift_ms INT,                         -- public: device clock minus true time when last measured
  drift_at_ms INT,                      -- public
  last_docked_ms INT,                   -- public
  unique (agency_id, maker, serial_no)
);
create index device_by_serial on device (agency_id, serial_no);
create index device_by_asset on device (agency_id, asset_no);

-- 设备变更记录: one row for each change of a device, in the order of its revision. Appended, never changed; written together
-- with the change and its event.
create table device_step (
  device_id ID not null references device (id), -- public
  revision INT not null,                -- public: of the device after it, from 1
  act TEXT not null,                    -- public: register, issue, check_out … (equipment/life.rs)
  from_status TEXT,                     -- public: null: it was not in the register before
  to_status TEXT not null,              -- public
  at_ms INT not null,                   -- public: when it was done; written down later perhaps
  noted_ms INT not null,                -- public: when it was written down
  account TEXT,                         -- personal: null: the system itself
  person_id ID references person (id),  -- personal: who received, returned or held it
  unit_id ID references unit (id),      -- public: whose it was after the step
  detail TEXT not null,                 -- personal: JSON: inspection, reason, firm, cost …
  signature TEXT,                       -- personal: JSON: name, when, and how signed
  primary key (device_id, revision)
);
create index device_step_by_act on device_step (act, at_ms);

-- Who held which device when. to_ms null: still.
create table device_custody (
  device_id ID not null references device (id), -- public
  holder_id ID not null references person (id), -- personal
  from_ms INT not null,                 -- public
  to_ms INT,                            -- public
  due_ms INT,                           -- public: end of the shift it was taken for; null: until further notice
  primary key (device_id, from_ms)
);
create index device_custody_by_holder on device_custody (holder_id);

-- 调拨、报废、损失、更换: what needs more than one hand. told is the list of its steps: who, when, what; only ever longer.
create table device_order (
  id ID primary key,                    -- public
  agency_id ID not null references agency (id), -- public
  kind TEXT not null,                   -- public: transfer, retirement, loss, replacement
  device_id ID not null references device (id), -- public
  unit_id ID references unit (id),      -- public: whose the device was when it was opened
  to_unit_id ID references unit (id),   -- public: of a transfer
  state TEXT not null,                  -- public: open, confirmed, decided, done, withdrawn, refused
  told TEXT not null,                   -- personal: JSON
  opened_ms INT not null,               -- public
  closed_ms INT                         -- public
);
create unique index device_order_open on device_order (device_id, kind) where closed_ms is null;
create index device_order_by_agency on device_order (agency_id, state);

-- 型号, and what was declared of it against each technical item of a regulation. A later declaration stands beside the
-- earlier one; the latest of an item counts.
create table device_model (
  id ID primary key,                    -- public
  agency_id ID not null references agency (id), -- public
  kind TEXT not null,                   -- public
  maker TEXT not null,                  -- public
  name TEXT not null,                   -- public
  made_ms INT not null,                 -- public
  unique (agency_id, maker, name, kind)
);

create table device_declaration (
  id ID primary key,                    -- public
  model_id ID not null references device_model (id), -- public
  item TEXT not null,                   -- public: key of the regulation's statement: tech.image …
  declared TEXT not null,               -- public: yes, no, partly
  evidence TEXT,                        -- public: report, certificate, document
  sheet TEXT,                           -- public: JSON: document, version and thresholds of the specification sheet
  declared_on TEXT not null,            -- public
  account TEXT,                         -- personal
  at_ms INT not null                    -- public
);
create index device_declaration_by_model on device_declaration (model_id);

-- 维护计划: how often a kind of device is looked after, where the text says "regularly".
create table upkeep_plan (
  agency_id ID not null references agency (id), -- public
  kind TEXT not null,                   -- public
  interval_days INT not null,           -- public
  works TEXT not null,                  -- public: JSON list of what is done
  document TEXT,                        -- public
  set_ms INT not null,                  -- public
  primary key (agency_id, kind)
);

-- Codes that devices write into file names, valid by date.
create table name_code (
  agency_id ID not null references agency (id), -- public
  kind TEXT not null check (kind in ('officer', 'device')), -- public
  code TEXT not null,                   -- personal
  target_id ID not null,                -- personal: person or device
  from_ms INT not null,                 -- public
  to_ms INT,                            -- public
  primary key (agency_id, kind, code, from_ms)
);

-- 案件: only what a recording must be filed under; the case system is somebody else's.
create table case_file (
  id ID primary key,                    -- public
  agency_id ID not null references agency (id), -- public
  number TEXT not null,                 -- public: 案号
  title TEXT not null,                  -- personal
  closed_ms INT                         -- public: 案件终结
);

-- 执法活动
create table activity (
  id ID primary key,                    -- public
  agency_id ID not null references agency (id), -- public
  unit_id ID references unit (id),      -- public
  case_id ID references case_file (id), -- public
  title TEXT not null,                  -- personal
  occasion TEXT not null,               -- public: requirements §3.6
  place TEXT,                           -- personal
  party TEXT,                           -- personal: 当事人
  began_ms INT not null,                -- public
  ended_ms INT,                         -- public: null: still going on
  grounds TEXT not null,                -- public: JSON list of retention grounds
  joint_no TEXT                         -- public: 联合执法编号: of all activities of one joint operation, whosever they are
);
create index activity_by_time on activity (agency_id, began_ms);
create index activity_by_joint on activity (joint_no) where joint_no is not null;

-- 不录音像: why an activity was not recorded. Entered once.
create table activity_exemption (
  activity_id ID primary key references activity (id), -- public
  reason TEXT not null,                 -- public: requirements USE-08
  facts TEXT not null,                  -- personal
  document TEXT,                        -- personal: number of the written record
  account TEXT,                         -- personal
  at_ms INT not null                    -- public
);

create table activity_officer (
  activity_id ID not null references activity (id), -- public
  person_id ID not null references person (id), -- personal
  primary key (activity_id, person_id)
);

create table activity_device (
  activity_id ID not null references activity (id), -- public
  device_id ID not null references device (id), -- public
  primary key (activity_id, device_id)
);
create index activity_device_by_device on activity_device (device_id);

-- 单位声明: class, squads, stated need … of a unit. Appended; on a day the latest of a key counts.
create table unit_statement (
  id ID primary key,                    -- public
  agency_id ID not null references agency (id), -- public
  unit_id ID not null references unit (id), -- public
  key TEXT not null,                    -- public: classes, squads, stated_need, conditions_allow, special_need, head_count
  value TEXT not null,                  -- personal: JSON; rosters hold ids of persons
  from_day TEXT not null,               -- public: 2026-11-20
  reason TEXT not null,                 -- public
  document TEXT,                        -- public
  approver TEXT,                        -- personal
  account TEXT,                         -- personal
  at_ms INT not null                    -- public
);
create index unit_statement_latest on unit_statement (agency_id, unit_id, key, from_day);

-- 配备方案: what a unit is to have, for which duty and why.
create table provision_plan (
  id ID primary key,                    -- public
  agency_id ID not null references agency (id), -- public
  unit_id ID not null references unit (id), -- public
  version INT not null,                 -- public: 1, 2 … in each unit
  lines TEXT not null,                  -- public: JSON list of {kind, quantity, purpose, reason}
  state TEXT not null,                  -- public: proposed, approved, replaced
  proposed_by TEXT not null,            -- personal
  proposed_ms INT not null,             -- public
  approved_by TEXT,                     -- personal
  approved_ms INT,                      -- public
  unique (unit_id, version)
);

-- 情况说明: a shortage that is allowed, by whom and until when.
create table provision_deviation (
  id ID primary key,                    -- public
  agency_id ID not null references agency (id), -- public
  unit_id ID not null references unit (id), -- public
  need TEXT not null,                   -- public: kinds joined by +
  reason TEXT not null,                 -- public
  approver TEXT not null,               -- personal
  document TEXT,                        -- public
  until_day TEXT,                       -- public: last day; null: no end
  at_ms INT not null                    -- public
);
create index provision_deviation_by_agency on provision_deviation (agency_id, unit_id);

-- 固定记录场所: a place recorded by fixed cameras, the unit's own or an outside body's.
create table recording_site (
  id ID primary key,                    -- public
  agency_id ID not null references agency (id), -- public
  unit_id ID not null references unit (id), -- public
  purpose TEXT not null,                -- public: licensing, hearing, approval_window, case_handling_place
  place TEXT not null,                  -- public
  cameras TEXT not null,                -- public: JSON list of ids of devices
  operator TEXT,                        -- public: outside body that installs and keeps the cameras
  coverage TEXT,                        -- public: hours
  retention_days INT,                   -- public: how long the operator keeps
  since_ms INT not null                 -- public
);
create index recording_site_by_agency on recording_site (agency_id, unit_id);

create table site_outage (
  id ID primary key,                    -- public
  site_id ID not null references recording_site (id), -- public
  from_ms INT not null,                 -- public
  to_ms INT,                            -- public: null: goes on
  reason TEXT not null                  -- public
);
create index site_outage_by_site on site_outage (site_id, from_ms);

-- 通用办公设备配置标准: the most of a kind that a unit may have. Appended; the latest of a kind counts.
create table office_standard (
  id ID primary key,                    -- public
  agency_id ID not null references agency (id), -- public
  document TEXT not null,               -- public
  version TEXT not null,                -- public
  kind TEXT not null,                   -- public
  quantity INT not null,                -- public
  price_fen INT,                        -- public: highest price of one; null: none set
  at_ms INT not null                    -- public
);

-- 采购, with the acceptance test of each line.
create table purchase (
  id ID primary key,                    -- public
  agency_id ID not null references agency (id), -- public
  unit_id ID not null references unit (id), -- public
  supplier TEXT not null,               -- public
  contract TEXT not null,               -- public
  bought_on TEXT not null,              -- public: 2026-03-02
  lines TEXT not null,                  -- public: JSON list of {kind, quantity, price_fen, passed, failed, defects …}
  accepted_on TEXT,                     -- public
  accepted_by TEXT,                     -- personal
  findings TEXT                         -- public: of the unit that supervises the purchase
);
create index purchase_by_agency on purchase (agency_id);

-- 年度经费. Appended; the latest of a unit and year counts.
create table budget_year (
  id ID primary key,                    -- public
  agency_id ID not null references agency (id), -- public
  unit_id ID not null references unit (id), -- public
  year INT not null,                    -- public
  need_fen INT not null,                -- public
  approved_fen INT not null,            -- public
  document TEXT not null,               -- public
  at_ms INT not null                    -- public
);
create index budget_year_by_agency on budget_year (agency_id, year);

-- 工作日 corrections of the agency beside regulations/calendar.
create table holiday (
  day TEXT primary key,                 -- public: 2026-10-01
  working INT not null,                 -- public
  note TEXT                             -- public
);

-- 入库批次: one card docked, one upload, one command.
create table ingest (
  id ID primary key,                    -- public
  agency_id ID not null references agency (id), -- public
  account TEXT,                         -- personal
  source TEXT not null,                 -- public: card, upload, command
  station TEXT,                         -- public: host name or path of the card
  began_ms INT not null,                -- public
  ended_ms INT,                         -- public: null: running, or cut off
  state TEXT not null                   -- public: running, done, failed
);
create index ingest_by_time on ingest (agency_id, began_ms);

create table ingest_file (
  ingest_id ID not null references ingest (id), -- public
  path TEXT not null,                   -- personal: as on the card
  bytes INT not null,                   -- public
  state TEXT not null,                  -- public: sealed, duplicate, failed, ignored, cleared
  recording_id ID,                      -- public
  code TEXT,                            -- public: why it failed or was passed over
  params TEXT,                          -- personal
  primary key (ingest_id, path)
);
create index ingest_file_by_path on ingest_file (path, bytes);

-- 音像记录: one file as its device wrote it. Never updated after sealing; what people say about it later stands in
-- recording_index and, with who said so, in event.
create table recording (
  id ID primary key,                    -- evidence
  agency_id ID not null references agency (id), -- evidence
  ingest_id ID references ingest (id),  -- public
  event_id ID not null unique,          -- evidence: the sealing
  file_name TEXT not null,              -- evidence: decoded for people
  source_path TEXT not null,            -- evidence: as on the card
  raw_name_hex TEXT,                    -- evidence: only where the name was not UTF-8
  kind TEXT not null,                   -- evidence: video, audio, image, other
  container TEXT not null,              -- evidence
  mime TEXT not null,                   -- evidence
  bytes INT not null check (bytes >= 0), -- evidence
  sha256 BYTES not null check (length(sha256) = 32), -- evidence
  sm3 BYTES not null check (length(sm3) = 32), -- evidence
  tree BYTES not null check (length(tree) = 32), -- evidence: Merkle root over 1 MiB leaves
  -- Where it lies in the vault; proven by the object's own trailer, which names event_id.
  segment TEXT not null,                -- public
  segment_offset INT not null,          -- public
  segment_length INT not null,          -- public
  object TEXT not null,                 -- public
  -- Three times, never mixed (docs/design/time.md).
  claimed_ms INT,                       -- evidence: what the device wrote; null: it wrote none
  time_source TEXT not null,            -- evidence: name, container, given, none
  drift_ms INT,                         -- evidence: device clock minus true time, as measured when docked
  received_ms INT not null,             -- evidence: our last byte; hand-in limits are measured to here
  duration_ms INT,                      -- evidence
  device_id ID,                         -- evidence: as found when it was sealed
  officer_id ID,                        -- evidence: as found when it was sealed
  examination TEXT not null,            -- evidence: JSON of the media room
  unique (agency_id, sha256)
);
create index recording_by_event on recording (event_id);

-- What lists are made of: the recording as people know it today. Rebuilt from recording and event at any time.
create table recording_index (
  recording_id ID primary key references recording (id), -- public
  row_no INT not null unique,           -- public: key of recording_text
  agency_id ID not null,                -- public
  unit_id ID,                           -- public
  device_id ID,                         -- public
  officer_id ID,                        -- personal
  activity_id ID,                       -- public
  kind TEXT not null,                   -- public
  began_ms INT not null,                -- public: corrected begin, or received_ms where the device claimed none
  ended_ms INT,                         -- public
  received_ms INT not null,             -- public
  title TEXT,                           -- personal
  place TEXT,                           -- personal
  party TEXT,                           -- personal
  event_type TEXT,                      -- public
  key_mark INT not null,                -- public: marked important, on the device or here
  flags TEXT not null,                  -- public: ' gap broken … ', words between blanks
  capture TEXT,                         -- public: id of the first part of one continuous capture
  part_no INT,                          -- public
  hand_in TEXT,                         -- public: on_time, extended, late, internal_deviation, pending, no_rule
  due_ms INT,                           -- public
  verdict TEXT,                         -- public: JSON: articles and what would change it
  profile TEXT,                         -- public: the regulation that binds who made it, at the time of the act; null: none did
  lapsed INT not null                   -- public: 1: made when all its regulations had expired; counted apart
);
create index recording_index_newest on recording_index (agency_id, began_ms, recording_id);
create index recording_index_unit on recording_index (agency_id, unit_id, began_ms);
create index recording_index_officer on recording_index (officer_id, began_ms);
create index recording_index_device on recording_index (device_id, began_ms);
create index recording_index_capture on recording_index (capture);

-- Full text in character bigrams: most Chinese names have two characters, where trigrams find nothing.
-- only sqlite
create virtual table recording_text using fts5 (terms, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 0');
-- only postgres
create table recording_text (
  row_no INT primary key,               -- public
  terms tsvector not null               -- personal
);
create index recording_text_terms on recording_text using gin (terms);
-- both

-- 延期: why a recording may be handed in later, and who consented; told is JSON of recordings::extension.
create table hand_in_extension (
  recording_id ID primary key references recording (id), -- public
  told TEXT not null,                   -- personal
  account TEXT not null,                -- personal: who entered it
  at_ms INT not null                    -- public
);

-- GPS points of a recording, thinned; JSON list of {at_ms, lat, lon, speed_kmh}.
create table recording_track (
  recording_id ID primary key references recording (id), -- public
  points TEXT not null                  -- personal
);

-- 派生件: previews and the like; objects of their own that name their original. Never evidence.
create table derivative (
  recording_id ID not null references recording (id), -- public
  kind TEXT not null,                   -- public: preview, poster, strip, waveform
  mime TEXT not null,                   -- public
  facts TEXT not null,                  -- public: JSON: columns, interval …
  bytes INT not null,                   -- public
  segment TEXT not null,                -- public
  segment_offset INT not null,          -- public
  segment_length INT not null,          -- public
  object TEXT not null,                 -- public
  sha256 BYTES not null,                -- public
  sm3 BYTES not null,                   -- public
  tree BYTES not null,                  -- public
  created_ms INT not null,              -- public
  primary key (recording_id, kind)
);

-- 调看: every look at a recording.
create table viewing (
  id ID primary key,                    -- public
  recording_id ID not null references recording (id), -- public
  account TEXT not null,                -- personal
  kind TEXT not null,                   -- public: original, preview
  opened_ms INT not null,               -- public
  expires_ms INT not null               -- public
);

-- Custody events. payload is the canonical JSON that the log's leaf commits to; the other columns repeat it for search
-- and are checked against it by `verify`.
create table event (
  id ID primary key,                    -- evidence
  at_ms INT not null,                   -- evidence
  agency_id ID,                         -- evidence
  actor TEXT,                           -- evidence: account, or null for the system itself
  act TEXT not null,                    -- evidence
  subject TEXT,                         -- evidence: id of what it was done to
  payload BYTES not null,               -- evidence
  salt BYTES not null check (length(salt) = 32), -- secret
  log_index INT unique,                 -- evidence: null until the sequencer has numbered it
  -- When it was written, by the database's clock, and later than all that wait: the order in which it is numbered. An
  -- event that overwrites what another one wrote is so numbered after it, whatever the clocks of their nodes say.
  queued_ms INT not null                -- public
);
create index event_waiting on event (queued_ms) where log_index is null;
create index event_by_subject on event (subject, at_ms);
create index event_by_time on event (at_ms, id);

-- 规定的决定: what an agency has decided about a regulation it follows (a reading, a confirmation, a continuation …), and who
-- approved or withdrew it. Appended, never changed; told is the detail of the event, from which a rebuild brings it back.
create table regulation_decision (
  event_id ID primary key,              -- evidence
  agency_id ID not null references agency (id), -- evidence
  profile TEXT not null,                -- evidence
  told TEXT not null,                   -- evidence: JSON
  settles ID unique,                    -- evidence: the decision that is approved or withdrawn; null for a decision
  at_ms INT not null,                   -- evidence
  account TEXT                          -- personal
);
create index regulation_decision_by_agency on regulation_decision (agency_id);

-- 正式文本: the official text of a regulation as an agency has it; the bytes lie in the vault.
create table regulation_file (
  event_id ID primary key,              -- evidence
  agency_id ID not null references agency (id), -- evidence
  profile TEXT not null,                -- evidence
  version TEXT not null,                -- evidence
  name TEXT not null,                   -- evidence
  mime TEXT not null,                   -- evidence
  bytes INT not null,                   -- evidence
  sha256 BYTES not null,                -- evidence
  sm3 BYTES not null,                   -- evidence
  tree BYTES not null,                  -- evidence
  segment TEXT not null,                -- public
  segment_offset INT not null,          -- public
  segment_length INT not null,          -- public
  object TEXT not null,                 -- public
  at_ms INT not null,                   -- evidence
  account TEXT,                         -- personal
  unique (agency_id, profile, sha256)
);

-- 文书: a form of 配备 as it was printed; the PDF lies in the vault.
create table document (
  id ID primary key,                    -- public
  agency_id ID not null references agency (id), -- public
  unit_id ID references unit (id),      -- public: null: of several units, or of the agency's own store
  form TEXT not null,                   -- public: device_issue, handover … (crates/paper)
  year INT not null,                    -- public: in China
  sequence INT not null check (sequence > 0), -- public: counted from 1 in each year of an agency
  number TEXT not null,                 -- public: as printed
  subjects TEXT not null,               -- public: JSON list of ids: devices, a person, units
  content TEXT not null,                -- public: SHA-256 of what it was filled with, as printed at its foot
  bytes INT not null,                   -- public
  sha256 BYTES not null check (length(sha256) = 32), -- public
  sm3 BYTES not null check (length(sm3) = 32), -- public
  tree BYTES not null check (length(tree) = 32), -- public
  segment TEXT not null,                -- public
  segment_offset INT not null,          -- public
  segment_length INT not null,          -- public
  object TEXT not null,                 -- public
  at_ms INT not null,                   -- public
  account TEXT,                         -- personal
  unique (agency_id, year, sequence)
);

-- One row: how far the log has come. numbered: leaves that have an index; published: leaves under a signed checkpoint.
create table log_head (
  id INT primary key check (id = 1),    -- public
  numbered INT not null,                -- public
  published INT not null,               -- public
  checkpoint TEXT,                      -- public
  published_ms INT                      -- public
);

-- tus uploads under way. received counts bytes that are durable in the staging folder.
create table upload (
  id ID primary key,                    -- public
  agency_id ID not null references agency (id), -- public
  account TEXT not null,                -- personal
  length INT,                           -- public: null: not known yet (creation-defer-length)
  received INT not null,                -- public
  part INT not null,                    -- public: 1: a partial upload of a concatenation
  concat TEXT,                          -- public: JSON list of the partial uploads of a final one
  metadata TEXT not null,               -- personal: JSON
  created_ms INT not null,              -- public
  expires_ms INT not null,              -- public
  state TEXT not null,                  -- public: receiving, joined, sealing, sealed, duplicate, removed
  recording_id ID,                      -- public
  problem TEXT                          -- public: JSON
);
create index upload_open on upload (state) where state in ('receiving', 'joined', 'sealing');

-- Work to be done once, by whoever claims it first.
create table job (
  id ID primary key,                    -- public
  kind TEXT not null,                   -- public
  subject TEXT not null,                -- public
  state TEXT not null,                  -- public: waiting, running, done, failed
  attempts INT not null,                -- public
  due_ms INT not null,                  -- public
  lease_ms INT,                         -- public: running until then, else somebody else may claim it
  problem TEXT,                         -- public
  unique (kind, subject)
);
create index job_waiting on job (state, due_ms);

-- 完整性检查
create table integrity_run (
  id ID primary key,                    -- public
  account TEXT,                         -- personal
  depth TEXT not null,                  -- public: presence, size, digest
  began_ms INT not null,                -- public
  ended_ms INT,                         -- public
  state TEXT not null,                  -- public: running, clean, findings, failed
  checked INT not null,                 -- public
  bytes INT not null,                   -- public
  total_bytes INT not null,             -- public
  findings TEXT not null                -- public: JSON list
);
