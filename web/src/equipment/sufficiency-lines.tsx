/** The columns of 配备情况: figures that open what is behind them, a bar, both readings, plan, leave, basis. */
import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import type { HazardUses, SiteState, SpecialNeed, UnitSufficiency } from '../api/types';
import { Basis } from '../regulations/basis';
import type { Column } from '../shared/data-list';
import { formatCount } from '../shared/format';
import { Badge } from '../shared/page';
import type { Text } from '../shared/text';
import { articlesOf, barOf, mayDeviate, type Line } from './sufficiency';

/** An act that is not the reader's is null. */
interface Acts { onBehind: (line: Line) => void; onExcuse: (line: Line) => (() => void) | null; onFacts: (unit: UnitSufficiency) => (() => void) | null }

export const kindNames = (t: Text, kinds: string[]): string => kinds.map((kind) => t.code('equipment.kind', kind)).join(t('sufficiency.or'));
export const className = (t: Text, code: string): string => t.code('rules.word', `UnitClass.${code}`);
export const unitName = (t: Text, line: Pick<Line, 'unit' | 'whole'>): string => (line.whole ? t('sufficiency.whole') : line.unit.unit.name);

/** `alone`: lines were left out, so that every line names its unit. */
export function lineColumns(t: Text, acts: Acts, alone: boolean): Column<Line>[] {
  return [
    { key: 'unit', title: t('recordings.unit'), width: 200, card: 'title', render: (line) => <UnitCell line={line} t={t} onFacts={line.whole ? null : acts.onFacts(line.unit)} whole={alone || line.first} /> },
    { key: 'kind', title: t('equipment.kind'), width: 150, card: 'bare', render: (line) => (line.site ? t.code('sites.purpose', line.site.purpose) : line.special ? t.code('equipment.capability', line.special.need) : line.hazard ? t('sufficiency.hazard') : kindNames(t, line.kinds)) },
    {
      key: 'figures', title: t('sufficiency.figures'), width: 230, card: 'bare',
      render: (line) => (line.why ? <Unknown line={line} t={t} /> : line.site ? <SiteFigure site={line.site} t={t} /> : line.special ? <SpecialFigure special={line.special} t={t} /> : line.hazard ? <HazardFigure hazard={line.hazard} t={t} /> : <Figures line={line} t={t} onBehind={acts.onBehind} />),
    },
    { key: 'notes', title: t('sufficiency.notes'), card: 'bare', render: (line) => <Notes line={line} t={t} onExcuse={mayDeviate(line) ? acts.onExcuse(line) : null} /> },
    { key: 'basis', title: t('rules.basis'), width: 90, card: 'bare', render: (line) => <LineBasis line={line} /> },
  ];
}

function UnitCell({ line, t, onFacts, whole }: { line: Line; t: Text; onFacts: (() => void) | null; whole: boolean }) {
  const { unit } = line;
  if (!whole) return <span className="muted">{unitName(t, line)}</span>;
  return (
    <>
      <b>{unitName(t, line)}</b>
      <div className="muted small">{[...unit.classes.filter((code) => code !== 'bureau').map((code) => className(t, code)), t('sufficiency.officers', { count: formatCount(unit.officers) })].join(' · ')}</div>
      {onFacts && <Button className="no-print" size="small" onClick={onFacts}>{t('sufficiency.state_facts')}</Button>}
    </>
  );
}

function Unknown({ line, t }: { line: Line; t: Text }) {
  return <><Badge tone="warn">{t('sufficiency.state.unknown')}</Badge><div className="small">{t.code('sufficiency.why', line.why!)}</div></>;
}

function SiteFigure({ site, t }: { site: SiteState; t: Text }) {
  return (
    <>
      <Badge tone={site.complete ? 'good' : 'warn'}>{t(site.complete ? 'sufficiency.site_complete' : 'sufficiency.site_incomplete')}</Badge>
      <div className="small"><Link to="/equipment/sufficiency/sites">{t('sufficiency.site_ids', { count: site.site_ids.length })}</Link></div>
      {site.operator_missing && <div className="small">{t('sufficiency.operator_missing')}</div>}
    </>
  );
}

function SpecialFigure({ special, t }: { special: SpecialNeed; t: Text }) {
  const need = t.code('equipment.capability', special.need);
  return <Badge tone={special.gap ? 'warn' : 'good'}>{special.gap ? t('sufficiency.special_gap', { need }) : t('sufficiency.special_met', { need, count: special.device_ids.length })}</Badge>;
}

function HazardFigure({ hazard, t }: { hazard: HazardUses; t: Text }) {
  return <><Badge tone="warn">{t('sufficiency.hazard_provide')}</Badge><div className="small">{t('sufficiency.hazard_uses', { months: hazard.months, count: hazard.uses })}</div></>;
}

function Figures({ line, t, onBehind }: { line: Line; t: Text; onBehind: Acts['onBehind'] }) {
  const bar = barOf(line);
  const label = t('sufficiency.behind', { unit: unitName(t, line), kind: kindNames(t, line.kinds) });
  return (
    <button type="button" className="provision" onClick={() => onBehind(line)} title={label}>
      <span className="provision-figures">
        <span>{t(line.limit ? 'sufficiency.limit' : 'sufficiency.required')} <b className="number">{formatCount(line.required)}</b></span>
        <span>{t('sufficiency.have')} <b className="number">{formatCount(line.have)}</b></span>
        {line.short > 0 && <span className={line.state === 'allowed' ? undefined : line.firm ? 'provision-bad' : 'provision-warn'}>{t('sufficiency.short_by')} <b className="number">{formatCount(line.short)}</b></span>}
        {line.over > 0 && <span className="provision-warn">{t('sufficiency.over_by')} <b className="number">{formatCount(line.over)}</b></span>}
      </span>
      <span className="provision-bar" aria-hidden="true">
        <i className="provision-have" style={{ width: `${bar.filled}%` }} />
        <i className={line.firm ? 'provision-missing provision-firm' : 'provision-missing'} style={{ width: `${bar.missing}%` }} />
        <i className="provision-over" style={{ width: `${bar.beyond}%` }} />
      </span>
    </button>
  );
}

function Notes({ line, t, onExcuse }: { line: Line; t: Text; onExcuse: (() => void) | null }) {
  const { readings, target, deviation, unit } = line;
  const byPlan = line.byPlan ? unit.plan?.lines.find((one) => one.kind === line.kinds[0]) : undefined;
  return (
    <ul className="plain provision-notes">
      {line.state === 'short' && !line.site && !line.special && !line.hazard && <li><Badge tone={line.firm ? 'bad' : 'warn'}>{t(line.firm ? 'sufficiency.firm' : 'sufficiency.in_principle')}</Badge></li>}
      {readings && <li>{t('sufficiency.readings', { floor: readings.floor, cap: readings.cap })}</li>}
      {target && <li>{t('sufficiency.target', { of: target.of, gap: target.gap })} {t(unit.conditions === null ? 'sufficiency.conditions_unsaid' : unit.conditions.allow ? 'sufficiency.conditions_yes' : 'sufficiency.conditions_no')}</li>}
      {byPlan ? <li>{t('sufficiency.by_plan', { purpose: byPlan.purpose })}</li> : line.planned !== null && <li>{t('sufficiency.planned', { count: line.planned })}</li>}
      {line.limit && <li>{t('sufficiency.standard', { document: line.limit.document, version: line.limit.version })}</li>}
      {deviation && <li><Badge tone="good">{t('sufficiency.state.allowed')}</Badge> {t('sufficiency.leave', { reason: deviation.reason, approver: deviation.approver.name })}{deviation.document && ` ${deviation.document}`}{deviation.until_day && ` ${t('sufficiency.until', { day: deviation.until_day })}`}</li>}
      {onExcuse && <li className="no-print"><Button size="small" onClick={onExcuse}>{t('sufficiency.excuse')}</Button></li>}
    </ul>
  );
}

function LineBasis({ line }: { line: Line }) {
  const { unit, need, whole, byPlan } = line;
  return <Basis articles={articlesOf(line)} ours={!byPlan && unit.defaults.length > 0 && (need !== null || whole)} lapsed={unit.lapsed} />;
}
