/** What a recording is called and how it stands: state, deadline verdict with its basis, oddities. */
import {
  CheckCircleOutlined, ClockCircleOutlined, ExclamationCircleOutlined, FileOutlined, LoadingOutlined, PictureOutlined, QuestionCircleOutlined,
  SoundOutlined, StarFilled, VideoCameraOutlined, WarningOutlined,
} from '@ant-design/icons';
import type { ReactNode } from 'react';
import type { MediaKind, Recording, Verdict } from '../api/types';
import { Basis, type Asked } from '../regulations/basis';
import { formatTime } from '../shared/format';
import { Badge, type Tone } from '../shared/page';
import { useText } from '../shared/text';

export const titleOf = (recording: Pick<Recording, 'title' | 'file_name'>): string => recording.title || recording.file_name;

const KIND_ICONS: Record<MediaKind, ReactNode> = {
  video: <VideoCameraOutlined />, audio: <SoundOutlined />, image: <PictureOutlined />, other: <FileOutlined />,
};
export function KindIcon({ kind }: { kind: MediaKind }) {
  const t = useText();
  return <span className="kind" role="img" aria-label={t.code('recordings.kind', kind)} title={t.code('recordings.kind', kind)}>{KIND_ICONS[kind] ?? KIND_ICONS.other}</span>;
}

export function StateBadge({ state }: { state: Recording['state'] }) {
  const t = useText();
  return state === 'sealed'
    ? <Badge tone="good" icon={<CheckCircleOutlined />}>{t('recordings.state.sealed')}</Badge>
    : <Badge icon={<LoadingOutlined />}>{t('recordings.state.sealing')}</Badge>;
}

const VERDICTS: Record<Verdict['status'], [Tone, ReactNode]> = {
  on_time: ['good', <CheckCircleOutlined key="i" />],
  extended: ['good', <ClockCircleOutlined key="i" />],
  late: ['bad', <ExclamationCircleOutlined key="i" />],
  internal_deviation: ['warn', <ExclamationCircleOutlined key="i" />],
  pending: ['warn', <ClockCircleOutlined key="i" />],
  no_rule: ['plain', <QuestionCircleOutlined key="i" />],
};
/** The same question again, with what the page knows; when the activity ended and what was declared it does not. */
function handInAsked(recording: Recording): Asked | undefined {
  const { began_ms: recorded_from, received_ms: received_at } = recording;
  const recorded_to = recording.ended_ms ?? recorded_from;
  return recorded_to === null ? undefined : { question: 'upload-deadline', facts: { recorded_from, recorded_to, received_at }, unknown: ['activity_ended', 'day_ended'] };
}

/** 上传时限: the verdict, its limit, and the articles behind it. */
export function VerdictBadge({ recording }: { recording: Recording }) {
  const t = useText();
  const { verdict } = recording;
  if (!verdict) return null;
  const [tone, icon] = VERDICTS[verdict.status] ?? VERDICTS.no_rule;
  const due = verdict.due_ms === null ? undefined : t('recordings.due', { time: formatTime(verdict.due_ms) });
  return (
    <>
      <Badge tone={tone} icon={icon} title={due}>{t.code('recordings.verdict', verdict.status)}</Badge>
      <Basis articles={verdict.articles} ours={verdict.default} lapsed={verdict.lapsed} asked={handInAsked(recording)} />
    </>
  );
}

/** The verdict badge already says 逾期. */
export function Flags({ recording }: { recording: Pick<Recording, 'flags' | 'key_mark'> }) {
  const t = useText();
  return (
    <>
      {recording.key_mark && <Badge tone="warn" icon={<StarFilled />}>{t('recordings.key_mark')}</Badge>}
      {recording.flags.filter((flag) => flag !== 'late').map((flag) => (
        <Badge key={flag} tone={flag === 'broken' ? 'bad' : 'warn'} icon={<WarningOutlined />}>{t.code('recordings.flag', flag)}</Badge>
      ))}
    </>
  );
}

export function Badges({ recording }: { recording: Recording }) {
  return <div className="badges"><StateBadge state={recording.state} /><VerdictBadge recording={recording} /><Flags recording={recording} /></div>;
}
