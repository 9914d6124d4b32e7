/** 本记录适用 · 另有: the regulation an act goes by, and those of the others in a joint operation, each with what it asks for. */
import { Link } from '@tanstack/react-router';
import type { Applies, Kept } from '../api/types';
import { Badge, Fact, Panel } from '../shared/page';
import { useText, type Text } from '../shared/text';
import { Basis } from './basis';
import { parameterText } from './parameters';
import { inWords } from './regulation';

interface Props { of: 'recording' | 'activity'; applies: Applies; also: Applies[]; joint: string | null; kept?: Kept | null }

export function AppliesPanel({ of, applies, also, joint, kept }: Props) {
  const t = useText();
  return (
    <Panel title={t('regulations.applies')}>
      <dl className="facts panel-body">
        <Fact name={t(`regulations.applies_this.${of}`)}><Which applies={applies} /></Fact>
        <Rules applies={applies} />
        {kept && <Fact name={t('regulations.kept')}>{keptText(kept, t)} <Basis articles={kept.articles} ours={kept.default} /></Fact>}
      </dl>
      {also.map((other) => (
        <dl key={`${other.agency.id} ${other.unit?.id}`} className="facts panel-body applies-also">
          <Fact name={t('regulations.applies_also')}><b>{[other.agency.name, other.unit?.name].filter(Boolean).join(' · ')}</b><small>{joint}</small><Which applies={other} /></Fact>
          <Rules applies={other} />
        </dl>
      ))}
    </Panel>
  );
}

function Which({ applies }: { applies: Applies }) {
  const t = useText();
  if (applies.profile === null) return <>{t('regulations.applies_none')}</>;
  return (
    <>
      <Link to="/regulations/$id" params={{ id: applies.profile }}>{inWords(t.language, { zh: applies.title, en: applies.title_en || applies.title })}</Link>
      <small>{t('regulations.applies_on', { day: applies.on })} · {t.code('rules.word', `Force.${applies.force}`)}</small>
    </>
  );
}

function Rules({ applies }: { applies: Applies }) {
  const t = useText();
  const { predecessor, phrase, notify, hand_in } = applies;
  if (applies.profile === null) return null;
  if (predecessor) {
    return (
      <Fact name={t('regulations.predecessor')}>
        {t('regulations.predecessor_text', { title: predecessor.title, number: predecessor.number, day: predecessor.repealed_on })}
        {!predecessor.supplied && <> <Badge tone="warn">{t('regulations.not_supplied')}</Badge></>}
        <small>{t('regulations.predecessor_note')}</small>
      </Fact>
    );
  }
  return (
    <>
      <Fact name={t('regulations.notify')}>{phrase ? <q lang="zh-CN">{phrase}</q> : t(notify ? 'regulations.notify_no_words' : 'regulations.notify_not')}</Fact>
      <Fact name={t('regulations.hand_in')}>
        {hand_in === null ? t('regulations.hand_in_none') : parameterText({ path: 'upload', value: hand_in }, t)} <Basis articles={applies.articles} lapsed={applies.force === 'lapsed'} />
      </Fact>
    </>
  );
}

/** 永久; 至 2028-05-07; 留存待定（未分类），至少保存到 …: what holds a recording, and until when at least. */
function keptText({ keep, until, hold, floor }: Kept, t: Text): string {
  const held = hold && t.code('rules.word', `HoldReason.${hold}`);
  const term = until ? t('regulations.kept_until', { day: until }) : [t.code('rules.word', `Keeping.${keep}`), held].filter(Boolean).join(' · ');
  return floor && held ? `${term}${t('regulations.also')}${t('regulations.kept_floor', { day: floor })}` : term;
}
