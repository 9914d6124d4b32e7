/** Wire types of `/api`. Names and fields come from `schema.d.ts`, which is made from the server's own description (`npm run
 *  types`); here they are only made narrower where the description says `string` or `object` and the server means more. */
import type { components } from './schema';

/** The server leaves no field out: what may be absent comes as null. */
type Whole<T> = { [K in keyof T]-?: Exclude<T[K], undefined> };
type Wire<Name extends keyof components['schemas']> = Whole<components['schemas'][Name]>;
/** `Base` with some of its own fields narrowed; a field the server does not have is an error. */
type Narrow<Base, Fields extends { [K in keyof Fields]: K extends keyof Base ? unknown : never }> = Omit<Base, keyof Fields> & Fields;

export type Ms = number;
export type Named = Wire<'Named'>;
export interface Page<T> { items: T[]; next: string | null; total: number | null }

/** `no` is the catalogue number, `15(3)`, under which an article has its page; older verdicts lack it. */
export interface ArticleRef { profile: string; version: string; article: string; no?: string }
/** RFC 9457. `title` is in the language asked for; empty where the refusal did not come from our server. */
export interface Problem {
  status: number; code: string; title: string; params?: Record<string, unknown>; articles?: ArticleRef[];
  /** Of several things at once: each with what is wrong about it. */
  problems?: Problem[];
}

export type About = Narrow<Wire<'About'>, {
  demo: null | { password: string; accounts: { account: string; name: string; role: string; agency: string | null }[] };
}>;
export type Me = Wire<'Me'>;

export type Agency = Wire<'Agency'>;
export type Unit = Wire<'Unit'>;
export type Officer = Wire<'Officer'>;
export type Account = Wire<'Account'>;
export type Grant = Wire<'Grant'>;
export type Device = Wire<'Device'>;
export type Registration = Omit<Wire<'Registration'>, 'purchase_id'>;
/** The verdict of the rules on a service life. */
export interface Life {
  verdict: { stage: string; minimum_until: string | null; range_from: string | null; range_until: string | null; retire: string };
  articles: ArticleRef[]; reference: ArticleRef[]; lapsed: boolean; default: boolean;
}
export type Step = Narrow<Wire<'Step'>, { detail: Record<string, unknown>; signature: null | { name: string; strokes: string | null; at_ms: Ms } }>;
/** `told`: its steps, oldest first, each with who, when and what was said. */
export type Order = Narrow<Wire<'Order'>, { unit: Named | null; to_unit: Named | null; told: ({ step: string; by: string | null; name: string; at_ms: Ms; articles?: ArticleRef[] } & Record<string, unknown>)[] }>;
export type Declaration = Wire<'Declaration'>;
export type Model = Narrow<Wire<'Model'>, { items: { item: string; articles: ArticleRef[]; declaration: Declaration | null }[] }>;
export type UpkeepPlan = Wire<'UpkeepPlan'>;
export type DeviceDetail = Device & Narrow<Omit<Wire<'DeviceDetail'>, keyof Device>, { orders: Order[]; life: Life | null; history: Step[]; on_device: null | { files: number | null; since_ms: Ms } }>;
export type Scanned = Narrow<Wire<'Scanned'>, { device: Device; problem: Problem | null }>;
export type ActsDone = Narrow<Wire<'Done'>, { devices: Device[]; notes: { device: string; code: string; articles: ArticleRef[] }[] }>;
/** 导入: what a file would make, row by row. */
export type ImportPreview = Narrow<Wire<'Preview'>, { rows: ImportRow[] }>;
export type ImportRow = Narrow<Wire<'PreviewRow'>, { values: Record<string, string>; new: Record<string, unknown> | null; problems: Problem[] }>;
export type Imported = Wire<'Imported'>;
export type PrintedDocument = Wire<'Document'>;
export type DeviceFacets = Narrow<Wire<'DeviceFacets'>, { by_status: Record<string, number> }>;
export type Activity = Wire<'Activity'>;
export type Deviation = Wire<'Deviation'>;
export type UnitNeed = Narrow<Wire<'UnitNeed'>, { items: Narrow<Wire<'Item'>, { article: ArticleRef }>[]; deviation: Deviation | null }>;
export type PlanState = Narrow<Wire<'PlanState'>, { articles: ArticleRef[] }>;
export type SiteState = Narrow<Wire<'SiteState'>, { deviation: Deviation | null; articles: ArticleRef[] }>;
export type StandardLine = Narrow<Wire<'StandardLine'>, { deviation: Deviation | null }>;
export type StandardState = Narrow<Wire<'StandardState'>, { lines: StandardLine[]; articles: ArticleRef[] }>;
export type HazardUses = Narrow<Wire<'HazardUses'>, { articles: ArticleRef[] }>;
export type SpecialNeed = Narrow<Wire<'SpecialNeed'>, { articles: ArticleRef[] }>;
export type UnitSufficiency = Narrow<Wire<'UnitSufficiency'>, {
  special: SpecialNeed[]; hazard: HazardUses | null; needs: UnitNeed[]; sites: SiteState[]; standard: StandardState | null; plan: PlanState | null; articles: ArticleRef[]; reference: ArticleRef[]; conditions: { allow: boolean; reason: string; from_day: string; document: string | null } | null;
}>;
export type Sufficiency = Narrow<Wire<'Sufficiency'>, { agency: UnitSufficiency | null; units: UnitSufficiency[] }>;
export type Plan = Wire<'Plan'>;
export type PlanLine = Wire<'PlanLine'>;
export type RecordingSite = Wire<'RecordingSite'>;
export type Outage = Wire<'Outage'>;
export type Purchase = Narrow<Wire<'Purchase'>, { lines: PurchaseLine[] }>;
export type PurchaseLine = Wire<'PurchaseLine'>;
export type BudgetSheet = Narrow<Wire<'BudgetSheet'>, { units: BudgetLine[]; articles: ArticleRef[] }>;
export type BudgetLine = Wire<'BudgetLine'>;
export type Working = Wire<'Working'>;
export type Readiness = Narrow<Wire<'Readiness'>, { units: Working[]; renewal: Renewal[] }>;
export type Renewal = Wire<'Renewal'>;
export type OfficeStandard = Wire<'OfficeStandard'>;
export type Statement = Narrow<Wire<'Statement'>, { value: unknown }>;
export type Designation = Wire<'Designation'>;
export type HandoverList = Wire<'HandoverList'>;
export type PartySigned = Wire<'PartySigned'>;
export type Handover = Narrow<Wire<'Handover'>, { signatures: Record<'person' | 'successor' | 'unit_head', PartySigned | null>; articles: ArticleRef[] }>;
export type HandoverDetail = Handover & Omit<Wire<'HandoverDetail'>, keyof Handover>;
export type Holdings = Narrow<Wire<'Holdings'>, { open: Handover | null; last: Handover | null }>;
export type Gap = Narrow<Wire<'Gap'>, { articles: ArticleRef[] }>;
/** 适用: the regulation of an act. `hand_in` is the limit as the text has it. */
export type Applies = Narrow<Wire<'Applies'>, { articles: ArticleRef[]; hand_in: unknown }>;
export type Kept = Narrow<Wire<'Kept'>, { articles: ArticleRef[] }>;
export type Exempt = Narrow<Wire<'Exempt'>, { recorded: Wire<'Recorded'> | null; articles: ArticleRef[] }>;
export type ActivityDetail = Activity & { applies: Applies; exemption: Exempt; also: Applies[] };

export type MediaKind = 'video' | 'audio' | 'image' | 'other';
export type Verdict = Narrow<Wire<'HandIn'>, { status: 'on_time' | 'extended' | 'late' | 'internal_deviation' | 'pending' | 'no_rule'; articles: ArticleRef[] }>;
export type Recording = Narrow<Wire<'RecordingRow'>, { kind: MediaKind; state: 'sealing' | 'sealed'; verdict: Verdict | null }>;

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
export type RecordingDetail = Recording & Narrow<Omit<Wire<'Detail'>, keyof Recording>, {
  examination: Examination | null;
  times: Wire<'Times'>;
  digests: { sha256: string; sm3: string; tree: string; size: number };
  applies: Applies;
  also: Applies[];
  kept: Kept | null;
  parts: Recording[];
  gps: GpsPoint[];
  extension: Extension | null;
  extends: { circumstances: string[]; clock_start?: string | null; consent?: string | null; excluded?: string[] } | null;
  preview: { state: 'none' | 'queued' | 'running' | 'ready' | 'failed' | 'not_needed'; reason?: string | null } | null;
}>;
/** 延期 as it was entered. */
export type Extension = Wire<'Entered'>;
export interface Facets { total: number; bytes: number; by_kind: Record<string, number>; by_hand_in: Record<string, number>; flagged: number }
/** `url` is null while nothing playable exists: a preview has then been asked for. */
export type View = Narrow<Wire<'View'>, {
  kind: 'original' | 'preview' | 'none';
  strip: { url: string; columns: number; interval_ms: Ms; width: number; height: number } | null;
}>;
/** One event: a line of a custody timeline or of the audit log. */
export type EventLine = Narrow<Wire<'CustodyLine'>, { detail: Record<string, unknown> }>;
/** What `proof.ts` checks. `payload` is the very text the salt commits to. */
export type EventProof = Omit<Wire<'Proof'>, 'event'>;
export interface Finding { code: string; subject: string; params?: Record<string, unknown>; title?: string }
export type VerifyResult = Narrow<Wire<'Verified'>, { checked: string[]; findings: Finding[] }>;

export type UploadOutcome = Narrow<Wire<'UploadOutcome'>, {
  state: 'receiving' | 'sealing' | 'sealed' | 'duplicate' | 'refused' | 'removed'; problem: Pick<Problem, 'code' | 'params'> | null;
}>;
export type Ingest = Wire<'Ingest'>;
export type IngestFile = Narrow<Wire<'IngestItem'>, { params: Record<string, unknown> | null }>;
export type IngestDetail = Ingest & { items: IngestFile[] };

export type Workbench = Narrow<Wire<'Workbench'>, {
  today: { received: number; bytes: number };
  totals: { recordings: number; bytes: number };
  storage: { used_bytes: number; free_bytes: number | null };
  log: { size: number; checkpoint_ms: Ms | null; pending: number };
  trend: { day: string; received: number; late: number; deviations: number }[];
  recent: Recording[];
}>;
export type IntegrityRun = Narrow<Wire<'IntegrityRun'>, { findings: Finding[] }>;

export type Answered = Wire<'Answered'>;
export type Decision = Narrow<Wire<'Decision'>, { value: unknown }>;
export type Regulation = Narrow<Wire<'Regulation'>, { confirmed: Decision | null }>;
export type Parameter = Narrow<Wire<'Parameter'>, { value: unknown }>;
export type Article = Narrow<Wire<'ArticleShown'>, { answers: Answered[]; parameters: Parameter[] }>;
export type Version = Narrow<Wire<'VersionShown'>, { articles: Article[] }>;
export type Resolution = Narrow<Wire<'ResolutionShown'>, { value: unknown; default: unknown; decided: Decision | null }>;
export type OfficialFile = Wire<'OfficialFile'>;
export type RegulationDetail = Regulation & { versions: Version[]; resolutions: Resolution[]; history: Decision[]; files: OfficialFile[]; approvers: Approver[]; may_decide: boolean; may_approve: boolean };
export type Approver = Narrow<Wire<'ApproverShown'>, { articles: ArticleRef[] }>;
export type Notice = Wire<'Notice'>;
export type Bound = Wire<'Bound'>;
export type UnitBound = { unit: Unit; bound: Bound[] };
export type Addressees = Narrow<Wire<'Addressees'>, { units: UnitBound[] }>;
export type ArticleAnswered = Narrow<Wire<'ArticleAnswered'>, { answers: Answered[] }>;
export type Figure = Wire<'Figure'>;
export type Compliance = Narrow<Wire<'Compliance'>, { articles: ArticleAnswered[]; figures: Figure[] }>;
/** What would make the verdict another one: `fact` with the value `to` gives `verdict`. */
export interface Explained { answer: { would_change?: { fact: string; to: unknown; verdict: string }[] }; words: string }
