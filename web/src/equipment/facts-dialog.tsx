/** 单位声明: class, squads, own need, whether conditions allow, special needs, head-count; with the day and the reason. */
import { MinusCircleOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Form, Input, InputNumber, Radio, Select, type FormInstance } from 'antd';
import { useState } from 'react';
import type { Statement, UnitSufficiency } from '../api/types';
import { Loading } from '../app/states';
import { useRegulation } from '../regulations/queries';
import { useMe } from '../session/session';
import { cleaned, CreateDialog, useRequired } from '../shared/create-dialog';
import { useAll } from '../shared/list';
import { DayPicker } from '../shared/pickers';
import { useText } from '../shared/text';
import { factsOf, statementsOf, type Facts } from './facts';
import { CAPABILITIES } from './search';
import { classRules } from './sufficiency';
import { className, kindNames } from './sufficiency-lines';

export function FactsDialog({ unit, onClose }: { unit: UnitSufficiency; onClose: () => void }) {
  const path = `/units/${encodeURIComponent(unit.unit.id)}/statements`;
  const stated = useAll<Statement>(path);
  // What was read before the last statement is not what this one changes.
  if (!stated.isFetchedAfterMount) return <Loading />;
  // Newest first: the first of a key is the latest.
  return <StatedForm unit={unit} path={path} before={factsOf(stated.data ?? [])} onClose={onClose} />;
}

type Values = Facts & { reason: string; document?: string; approver?: string; from_day?: string };

function StatedForm({ unit, path, before: found, onClose }: { unit: UnitSufficiency; path: string; before: Facts; onClose: () => void }) {
  const t = useText();
  const [before] = useState(found); // the form starts with it, whatever is read meanwhile
  const required = useRequired();
  const [form] = Form.useForm<Values>();
  const body = ({ reason, document, approver, from_day, ...facts }: Values) => ({ ...cleaned({ reason, document, approver, from_day }), statements: statementsOf(facts, (name) => changed(before[name], facts[name])) });
  return (
    <CreateDialog<Values> form={form} title={t('sufficiency.facts_of', { unit: unit.unit.name })} path={path} reread={[path, '/sufficiency', '/workbench']} body={body} initial={before as Partial<Values>} onClose={onClose}>
      <p className="muted">{t('sufficiency.facts_hint')}</p>
      <Classes form={form} />
      <Squads />
      <Form.Item name="conditions_allow" label={t('sufficiency.conditions')}><Radio.Group options={[{ value: true, label: t('sufficiency.allow.yes') }, { value: false, label: t('sufficiency.allow.no') }]} /></Form.Item>
      <Form.Item name="special_need" label={t('sufficiency.special_need')}><Select mode="tags" options={CAPABILITIES.map((value) => ({ value, label: t.code('equipment.capability', value) }))} /></Form.Item>
      <div className="facts-heads">
        <Form.Item name="officers" label={t('sufficiency.head_officers')}><InputNumber min={0} max={1_000_000} precision={0} /></Form.Item>
        <Form.Item name="supervision_officers" label={t('sufficiency.supervision')}><InputNumber min={0} max={1_000_000} precision={0} /></Form.Item>
        <Form.Item name="both_roles" label={t('sufficiency.both_roles')}><InputNumber min={0} max={1_000_000} precision={0} /></Form.Item>
      </div>
      <p className="muted small">{t('sufficiency.heads_hint')}</p>
      <Form.Item name="reason" label={t('field.reason')} rules={required}><Input.TextArea rows={2} maxLength={500} /></Form.Item>
      <Form.Item name="document" label={t('field.document')}><Input maxLength={200} /></Form.Item>
      <Form.Item name="approver" label={t('sufficiency.decided_by')}><Input maxLength={80} /></Form.Item>
      <Form.Item name="from_day" label={t('sufficiency.from_day')} extra={t('sufficiency.from_hint')}><DayPicker label={t('sufficiency.from_day')} width="100%" /></Form.Item>
    </CreateDialog>
  );
}

const changed = (before: unknown, now: unknown): boolean => JSON.stringify(before ?? null) !== JSON.stringify(now ?? null);

/** The classes the agency's own regulation speaks of, each with what it asks for. */
function Classes({ form }: { form: FormInstance<Values> }) {
  const t = useText();
  const me = useMe();
  const regulation = useRegulation(me.agency?.profile ?? '');
  const chosen = Form.useWatch('classes', form) ?? [];
  const rules = classRules(regulation.data?.versions.at(-1)?.articles ?? []);
  const known = [...new Set(rules.map((rule) => rule.unit))];
  const codes = known.length > 0 ? known : t.codes('rules.word').filter((key) => key.startsWith('UnitClass.')).map((key) => key.slice('UnitClass.'.length)).filter((code) => code !== 'bureau');
  return (
    <>
      <Form.Item
        name="classes" label={t('sufficiency.classes')}
        extra={rules.filter((rule) => chosen.includes(rule.unit)).map((rule, i) => <div key={i}>{`${className(t, rule.unit)}: ${kindNames(t, rule.kinds)} · ${rule.cite}`}</div>)}
      >
        <Select mode="multiple" options={codes.map((value) => ({ value, label: className(t, value) }))} />
      </Form.Item>
      {chosen.includes('class_c') && <Form.Item name="stated_need" label={t('sufficiency.stated_need')}><InputNumber min={0} max={100_000} precision={0} /></Form.Item>}
    </>
  );
}

function Squads() {
  const t = useText();
  return (
    <Form.List name="squads">
      {(fields, { add, remove }) => (
        <fieldset className="squads">
          <legend>{t('sufficiency.squads')}</legend>
          {fields.map(({ key, name }) => (
            <div key={key} className="squad">
              <Form.Item name={[name, 'name']} noStyle><Input aria-label={t('sufficiency.squad_name')} placeholder={t('sufficiency.squad_name')} maxLength={80} /></Form.Item>
              <Form.Item name={[name, 'count']} noStyle><InputNumber aria-label={t('sufficiency.squad_count')} placeholder={t('sufficiency.squad_count')} min={0} max={100_000} precision={0} /></Form.Item>
              <Button type="text" icon={<MinusCircleOutlined />} aria-label={t('form.remove')} onClick={() => remove(name)} />
            </div>
          ))}
          <Button size="small" icon={<PlusOutlined />} onClick={() => add({})}>{t('sufficiency.add_squad')}</Button>
        </fieldset>
      )}
    </Form.List>
  );
}
