/** What is behind a figure: the rules with both readings, the officers counted, the devices counted. And leaving a shortage be. */
import { Link } from '@tanstack/react-router';
import { Button, Form, Input, Modal } from 'antd';
import type { Device, Officer } from '../api/types';
import { Loading } from '../app/states';
import { Basis } from '../regulations/basis';
import { cleaned, CreateDialog, useRequired } from '../shared/create-dialog';
import { formatCount } from '../shared/format';
import { useAll } from '../shared/list';
import { DayPicker } from '../shared/pickers';
import { useText } from '../shared/text';
import { nameOf } from './device';
import type { DeviceSearch } from './search';
import { articlesOf, type Line } from './sufficiency';
import { className, kindNames, unitName } from './sufficiency-lines';

/** More are not fetched one by one: the register and the roster show them. */
const SHOWN_MOST = 400;

export function BehindDialog({ line, onClose }: { line: Line; onClose: () => void }) {
  const t = useText();
  const { unit, need } = line;
  const people = [...new Set([...unit.officer_ids, ...unit.supervision_officer_ids])];
  return (
    <Modal open width={680} style={{ top: 32 }} title={t('sufficiency.behind', { unit: unitName(t, line), kind: kindNames(t, line.kinds) })} onCancel={onClose} footer={<Button type="primary" onClick={onClose}>{t('form.close')}</Button>}>
      <section aria-label={t('sufficiency.required')}>
        <h3 className="behind-head">{t(line.limit ? 'sufficiency.limit' : 'sufficiency.required')} <b className="number">{formatCount(line.required)}</b></h3>
        <ul className="plain">
          {(need?.items ?? []).map((item, i) => (
            <li key={i}>
              {t(item.target ? 'sufficiency.rule_target' : 'sufficiency.rule', { class: className(t, item.class), count: item.required })}
              {item.floor_reading !== null && item.cap_reading !== null && <> {t('sufficiency.readings', { floor: item.floor_reading, cap: item.cap_reading })}</>} <Basis articles={[item.article]} />
            </li>
          ))}
          {line.byPlan && unit.plan && <li>{t('sufficiency.plan_line', { version: unit.plan.version, count: line.required ?? 0 })} <Basis articles={unit.plan.articles} /></li>}
        </ul>
      </section>
      {line.limit ? <p>{t('sufficiency.standard', { document: line.limit.document, version: line.limit.version })}</p> : <section aria-label={t('sufficiency.counted_people')}>
        <h3 className="behind-head">{t('sufficiency.counted_people')} <b className="number">{formatCount(unit.officers)}</b>{unit.supervision_officers > 0 && <> · {t('sufficiency.supervision')} <b className="number">{formatCount(unit.supervision_officers)}</b></>}</h3>
        <p className="muted small">{t(unit.stated ? 'sufficiency.stated_heads' : 'sufficiency.roster_heads')}</p>
        <People ids={people} line={line} />
      </section>}
      <section aria-label={t('sufficiency.counted_devices')}>
        <h3 className="behind-head">{t('sufficiency.counted_devices')} <b className="number">{formatCount(line.have)}</b></h3>
        {line.limit ? <><p className="muted small">{t('sufficiency.beyond_limit')}</p><Devices ids={line.limit.device_ids} line={line} /></> : need ? <Devices ids={need.device_ids} line={line} /> : <p><ToRegister line={line} /></p>}
      </section>
    </Modal>
  );
}

/** One unit's list where only that is counted, else the agency's. */
const listOf = ({ unit, whole }: Line) => (!whole && unit.covers.length === 1 ? { unit: unit.covers[0] } : {});

function People({ ids, line }: { ids: string[]; line: Line }) {
  const t = useText();
  const few = ids.length <= SHOWN_MOST;
  const found = useAll<Officer>('/officers', listOf(line), { enabled: few && ids.length > 0 });
  if (ids.length === 0) return null;
  if (!few) return <p><Link to="/people" search={line.whole ? {} : { unit: line.unit.unit.id }}>{t('sufficiency.in_roster')}</Link></p>;
  if (found.isPending) return <Loading />;
  const wanted = new Set(ids);
  const known = (found.data ?? []).filter((one) => wanted.has(one.id));
  return (
    <ul className="behind-list">
      {known.map((one) => <li key={one.id}>{one.name} <span className="muted number">{one.certificate_no}</span></li>)}
      {known.length < ids.length && <li className="muted">{t('sufficiency.more', { count: ids.length - known.length })}</li>}
    </ul>
  );
}

function Devices({ ids, line }: { ids: string[]; line: Line }) {
  const t = useText();
  const few = ids.length <= SHOWN_MOST;
  const kind = line.kinds.length === 1 ? line.kinds[0] : undefined;
  const found = useAll<Device>('/devices', { ...listOf(line), kind }, { enabled: few && ids.length > 0 });
  if (ids.length === 0) return <p className="muted">{t('sufficiency.no_devices')}</p>;
  if (!few) return <p><ToRegister line={line} /></p>;
  if (found.isPending) return <Loading />;
  const wanted = new Set(ids);
  const known = (found.data ?? []).filter((one) => wanted.has(one.id));
  return (
    <>
      <ul className="behind-list">
        {known.map((one) => <li key={one.id}><Link className="number" to="/equipment/$id" params={{ id: one.id }}>{nameOf(one)}</Link> {one.model} <span className="muted">{[one.asset_no === null ? null : one.serial_no, t.code('equipment.status', one.status), one.holder?.name].filter(Boolean).join(' · ')}</span></li>)}
        {known.length < ids.length && <li className="muted">{t('sufficiency.more', { count: ids.length - known.length })}</li>}
      </ul>
      <ToRegister line={line} />
    </>
  );
}

function ToRegister({ line }: { line: Line }) {
  const t = useText();
  const search: DeviceSearch = { ...(line.whole || line.unit.covers.length > 1 ? {} : { unit: line.unit.unit.id }), ...(line.kinds.length === 1 ? { kind: line.kinds[0] as DeviceSearch['kind'] } : {}) };
  return <Link to="/equipment" search={search}>{t('sufficiency.in_register')}</Link>;
}

interface Excuse { reason: string; document?: string; until_day?: string }

/** 情况说明: somebody above the unit leaves a shortage or an excess be, with reason. */
export function DeviationDialog({ line, onClose }: { line: Line; onClose: () => void }) {
  const t = useText();
  const required = useRequired();
  return (
    <CreateDialog<Excuse>
      title={t('sufficiency.excuse_of', { unit: unitName(t, line), kind: kindNames(t, line.kinds) })} path="/provision-deviations" reread={['/provision-deviations', '/sufficiency', '/workbench']}
      body={(values) => ({ ...cleaned(values), unit_id: line.unit.unit.id, need: line.key })} onClose={onClose}
    >
      <p>{t('sufficiency.excuse_hint')} <Basis articles={articlesOf(line)} /></p>
      <Form.Item name="reason" label={t('field.reason')} rules={required}><Input.TextArea rows={3} maxLength={500} /></Form.Item>
      <Form.Item name="document" label={t('field.document')}><Input maxLength={200} /></Form.Item>
      <Form.Item name="until_day" label={t('sufficiency.until_day')} extra={t('sufficiency.until_hint')}><DayPicker label={t('sufficiency.until_day')} width="100%" /></Form.Item>
    </CreateDialog>
  );
}
