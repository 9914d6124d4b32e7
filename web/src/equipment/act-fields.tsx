/** The fields of one act, as `acts.ts` lists them. */
import { Checkbox, Form, Input, InputNumber, Radio } from 'antd';
import { DevicePicker, OfficerPicker, UnitPicker } from '../shared/pickers';
import { useText, type Text } from '../shared/text';
import type { ActField, Risk } from './acts';
import { CheckPicker, PreCheckHint } from './pre-check';

export function ActFields({ fields }: { fields: readonly ActField[] }) {
  const t = useText();
  return fields.map((field) => <OneField key={field.name} field={field} t={t} />);
}

function OneField({ field, t }: { field: ActField; t: Text }) {
  const label = t.code('field', field.label ?? field.name);
  const message = t('form.required');
  const filled = { validator: (_: unknown, risk?: Risk) => (risk?.none || risk?.lines?.trim() ? Promise.resolve() : Promise.reject(new Error(message))) };
  const rules = field.kind === 'risk' ? [filled] : field.required ? [{ required: true, message }] : undefined;
  if (field.kind === 'flag') return <Form.Item name={field.name} valuePropName="checked"><Checkbox>{label}</Checkbox></Form.Item>;
  return (
    <Form.Item name={field.name} label={field.required ? label : t('equipment.optional', { field: label })} rules={rules} extra={field.kind === 'lines' ? t('equipment.one_a_line') : undefined}>
      <Control field={field} label={label} t={t} />
    </Form.Item>
  );
}

/** antd gives `value` and `onChange` to whatever stands in a Form.Item; they are handed on as they come. */
function Control({ field, label, t, ...given }: { field: ActField; label: string; t: Text }) {
  switch (field.kind) {
    case 'choice': return (
      <Radio.Group {...given} className="choices">
        {field.choices?.map((choice) => <Radio key={choice} value={choice}>{t.code('equipment.choice', `${field.name}.${choice}`)}</Radio>)}
      </Radio.Group>
    );
    case 'person': return <OfficerPicker {...given} label={label} />;
    case 'device': return <DevicePicker {...given} label={label} />;
    case 'unit': return <UnitPicker {...given} label={label} />;
    case 'checks': return <><CheckPicker {...given} label={label} /><PreCheckHint /></>;
    case 'yuan': return <InputNumber {...given} min={0} max={10_000_000_000} precision={2} suffix={t('equipment.yuan')} style={{ width: '100%' }} />;
    case 'number': return <InputNumber {...given} min={0} max={field.most ?? 1_000_000} precision={0} style={{ width: '100%' }} />;
    case 'moment': return <Input {...given} type="datetime-local" />;
    case 'long': return <Input.TextArea {...given} rows={2} maxLength={500} />;
    case 'lines': return <Input.TextArea {...given} rows={2} maxLength={2000} />;
    case 'risk': return <RiskField {...given} />;
    default: return <Input {...given} maxLength={200} />;
  }
}

/** 可能丢失的记录: listed, or said to be none. */
function RiskField({ value = {}, onChange, id }: { value?: Risk; onChange?: (risk: Risk) => void; id?: string }) {
  const t = useText();
  return (
    <>
      <Input.TextArea id={id} rows={2} maxLength={2000} disabled={value.none} value={value.lines} placeholder={t('equipment.risk_hint')} onChange={(event) => onChange?.({ ...value, lines: event.target.value })} />
      <Checkbox checked={value.none ?? false} onChange={(event) => onChange?.({ ...value, none: event.target.checked })}>{t('equipment.risk_none')}</Checkbox>
    </>
  );
}
