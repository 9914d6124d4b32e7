/** Wire types of `/api`, as the server sends them. Times are UTC milliseconds, ids are strings. */

export type Ms = number;
export interface Named { id: string; name: string }
export interface Page<T> { items: T[]; next: string | null; total: number | null }

export interface ArticleRef { profile: string; version: string; article: string }
export interface Problem {
  status: number;
  code: string;
  /** In the language asked for; empty where the refusal did not come from our server. */
  title: string;
  params?: Record<string, unknown>;
  articles?: ArticleRef[];
}

export interface About {
  product: string;
  version: string;
  now_ms: Ms;
  /** Name and key of the log, C2SP note-key form. */
  log_verifier?: string;
  demo: null | { password: string; accounts: { account: string; name: string; role: string; agency: string | null }[] };
}
export interface Me {
  account: string;
  name: string;
  officer_id: string | null;
  agency: { id: string; name: string; profile: string } | null;
  unit: Named | null;
  roles: string[];
  permissions: string[];
}

export interface Agency { id: string; name: string; short_name: string; profile: string }
export interface Unit { id: string; parent_id: string | null; name: string; kind: string; agency_id: string }
export interface Officer {
  id: string; name: string; certificate_no: string | null; unit: Named | null; roles: string[]; account: string | null; active: boolean;
}
export interface Device {
  id: string; kind: string; model: string | null; serial_no: string; asset_no: string | null; unit: Named | null;
  holder: Named | null; status: string; last_docked_ms: Ms | null; drift_ms: Ms | null;
}
export interface Activity {
  id: string; title: string; occasion: string; place: string | null; party: string | null; began_ms: Ms; ended_ms: Ms | null;
  unit: Named | null; officers: Named[]; case_id: string | null; recordings: number;
}

export type MediaKind = 'video' | 'audio' | 'image' | 'other';
export type VerdictStatus = 'on_time' | 'extended' | 'late' | 'pending' | 'no_rule';
/** `default`: part of it is ours, not the text's. `lapsed`: the regulation had ended, internal practice goes on. */
export interface Verdict { status: VerdictStatus; due_ms: Ms | null; articles: ArticleRef[]; default: boolean; lapsed?: boolean }
export interface Recording {
  id: string;
  title: string | null;
  file_name: string;
  kind: MediaKind;
  container: string;
  duration_ms: Ms | null;
  bytes: number;
  began_ms: Ms | null;
  ended_ms: Ms | null;
  received_ms: Ms;
  /** name, container, given, none */
  time_source: string;
  officer: Named | null;
  /** Its name is the serial number. */
  device: Named | null;
  unit: Named | null;
  agency: Named;
  place: string | null;
  party: string | null;
  event_type: string | null;
  key_mark: boolean;
  state: 'sealing' | 'sealed';
  verdict: Verdict | null;
  flags: string[];
  log_index: number | null;
  activity_id: string | null;
  /** Id of the first part and this one's number, where a device split one continuous capture. */
  capture: string | null;
  part_no: number | null;
}

/** The media crate's report; every field may be missing because a broken file has none of them. */
export interface Examination {
  container?: string;
  mime?: string;
  duration_ms?: Ms | null;
  created_ms?: Ms | null;
  /** `created_ms` is a wall clock without a zone, read as if it were UTC. */
  created_is_local?: boolean;
  tracks?: {
    kind: string; codec: string; width?: number | null; height?: number | null; fps?: number | null;
    sample_rate?: number | null; channels?: number | null; duration_ms?: Ms | null;
  }[];
  gaps?: { at_ms: Ms; length_ms: Ms; track: number; kind: string }[];
  oddities?: ({ code: string } & Record<string, unknown>)[];
  trouble?: ({ code: string } & Record<string, unknown>) | null;
  device?: { make?: string | null; model?: string | null; software?: string | null } | null;
  playable?: string;
}
export interface GpsPoint { at_ms: Ms; lat: number; lon: number; speed_kmh?: number | null }
export interface RecordingDetail extends Recording {
  source_path: string;
  /** The name's bytes where they were no UTF-8. */
  raw_name_hex: string | null;
  mime: string;
  examination: Examination | null;
  times: { claimed_ms: Ms | null; source: string; drift_ms: Ms | null; corrected_ms: Ms | null; received_ms: Ms; sealed_ms: Ms | null };
  digests: { sha256: string; sm3: string; tree: string; size: number };
  parts: Recording[];
  gps: GpsPoint[];
  receipt: boolean;
  preview: { state: 'none' | 'queued' | 'waiting' | 'running' | 'ready' | 'failed' | 'not_needed'; reason?: string | null } | null;
}
export interface Facets { total: number; bytes: number; by_kind: Record<string, number>; by_hand_in: Record<string, number>; flagged: number }
export interface View {
  view: string;
  /** Null while nothing playable exists: a preview has been asked for. */
  url: string | null;
  mime: string | null;
  kind: 'original' | 'preview' | 'none';
  poster_url: string | null;
  strip: { url: string; columns: number; interval_ms: Ms; width: number; height: number } | null;
  waveform_url: string | null;
  watermark: string;
}
/** One event: a line of a custody timeline or of the audit log. */
export interface EventLine {
  id: string; at_ms: Ms; act: string; actor: string | null; subject?: string | null; detail: Record<string, unknown>; log_index: number | null;
  /** Its leaf lies under the newest signed checkpoint. */
  covered: boolean;
}
/** What `proof.ts` checks. `payload`: the very text the salt commits to. */
export interface EventProof {
  payload: string; salt: string; index: number; size: number; proof: string[]; checkpoint: string; vkey: string;
}
export interface Finding { code: string; subject: string; params?: Record<string, unknown>; title?: string }
export interface VerifyResult { ok: boolean; checked: unknown[]; findings: Finding[] }

export interface UploadOutcome {
  state: 'receiving' | 'sealing' | 'sealed' | 'duplicate' | 'refused' | 'removed';
  recording_id: string | null;
  problem: Pick<Problem, 'code' | 'params'> | null;
}
export interface Ingest {
  id: string; began_ms: Ms; ended_ms: Ms | null; source: string; station: string | null; by: string | null; files: number;
  bytes: number; sealed: number; duplicates: number; failed: number; state: string;
}
export interface IngestFile {
  path: string; bytes: number; state: string; recording_id: string | null; code: string | null; params: Record<string, unknown> | null;
}
export interface IngestDetail extends Ingest { items: IngestFile[] }

export interface Workbench {
  today: { received: number; bytes: number };
  totals: { recordings: number; bytes: number };
  late_30d: number;
  broken: number;
  flagged: number;
  unlinked: number;
  devices_not_docked: number;
  storage: { used_bytes: number; free_bytes: number | null };
  log: { size: number; checkpoint_ms: Ms | null; pending: number };
  trend: { day: string; received: number; late: number }[];
  recent: Recording[];
  tasks: { code: string; count: number; link: string | null }[];
}
export interface IntegrityRun {
  id: string; began_ms: Ms; ended_ms: Ms | null; depth: 'presence' | 'size' | 'digest'; checked: number; bytes: number;
  findings: Finding[]; state: string; progress: number | null;
}
export interface Regulation {
  id: string; title?: string; version?: string; status?: string; in_force_on?: string | null; expires_on?: string | null; articles?: number;
}
