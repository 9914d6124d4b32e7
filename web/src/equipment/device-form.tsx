/** 登记 and 更正: one set of fields. */
import { Checkbox, Form, Input, InputNumber, Modal, Select } from 'antd';
import { useMutation } from '@tanstack/react-query';
import { patch } from '../api/client';
import type { Device } from '../api/types';
import { useMe } from '../session/session';
import { CreateDialog, useRequired } from '../shared/create-dialog';
import { DayPicker, UnitPicker } from '../shared/pickers';
import { Refusal } from '../shared/refusal';
import { useText } from '../shared/text';
import { useReread } from './queries';
import { registrationOf, valuesOf, type DeviceValues } from './registration';
import { CAPABILITIES, DEVICE_KINDS } from './search';

function DeviceFields({ correcting }: { correcting?: true }) {
  const t = useText();
  const required = useRequired();
  const label = (name: string) => t.code('field', name);
  const optional = (name: string) => t('equipment.optional', { field: label(name) });
  return (
    <div className="device-fields">
      <Form.Item name="kind" label={t('equipment.kind')} rules={required}><Select options={DEVICE_KINDS.map((value) => ({ value, label: t.code('equipment.kind', value) }))} /></Form.Item>
      <Form.Item noStyle shouldUpdate={(before, after) => before.kind !== after.kind}>
        {({ getFieldValue }) => getFieldValue('kind') === 'other' && <Form.Item name="description" label={label('description')} rules={required}><Input maxLength={200} /></Form.Item>}
      </Form.Item>
      <Form.Item name="serial_no" label={t('equipment.serial_no')} rules={required}><Input maxLength={80} autoFocus /></Form.Item>
      <Form.Item name="asset_no" label={optional('asset_no')}><Input maxLength={80} /></Form.Item>
      <Form.Item name="maker" label={optional('maker')}><Input maxLength={80} /></Form.Item>
      <Form.Item name="model" label={optional('model')}><Input maxLength={80} /></Form.Item>
      {!correcting && <Form.Item name="unit_id" label={t('recordings.unit')} rules={required}><UnitPicker label={t('recordings.unit')} /></Form.Item>}
      <Form.Item name="purpose" label={label('purpose')} rules={required} className="wide"><Input maxLength={200} placeholder={t('equipment.purpose_hint')} /></Form.Item>
      <Form.Item name="acquired_on" label={label('acquired_on')} rules={required}><DayPicker label={label('acquired_on')} width="100%" /></Form.Item>
      <Form.Item name="price_yuan" label={label('price_fen')} rules={required}><InputNumber min={0} max={10_000_000_000} precision={2} suffix={t('equipment.yuan')} style={{ width: '100%' }} /></Form.Item>
      <Form.Item name="in_use_on" label={optional('in_use_on')} extra={t('equipment.in_use_hint')}><DayPicker label={label('in_use_on')} width="100%" /></Form.Item>
      <Form.Item name="capacity_gb" label={optional('capacity_gb')}><InputNumber min={0} max={1_000_000} precision={0} suffix="GB" style={{ width: '100%' }} /></Form.Item>
      <Form.Item name="capabilities" label={optional('capabilities')} className="wide"><Checkbox.Group className="choices" options={CAPABILITIES.map((value) => ({ value, label: t.code('equipment.capability', value) }))} /></Form.Item>
      <Form.Item name="accessories" label={optional('accessories')} extra={t('equipment.one_a_line')} className="wide"><Input.TextArea rows={2} maxLength={1000} /></Form.Item>
    </div>
  );
}

export function AddDevice({ onClose }: { onClose: () => void }) {
  const t = useText();
  const me = useMe();
  return (
    <CreateDialog<DeviceValues> title={t('equipment.add')} path="/devices" body={(values) => registrationOf(values)} onClose={onClose} initial={{ kind: 'body_worn_camera', unit_id: me.unit?.id, capabilities: [] }}>
      <DeviceFields />
    </CreateDialog>
  );
}

/** 更正: state, unit and holder change by acts only. The reason stays in the history. */
export function CorrectDevice({ device, onClose }: { device: Device; onClose: () => void }) {
  const t = useText();
  const reread = useReread();
  const required = useRequired();
  const [form] = Form.useForm<DeviceValues>();
  const save = useMutation({
    mutationFn: ({ reason, ...values }: DeviceValues) =>
      patch<Device>(`/devices/${encodeURIComponent(device.id)}`, { device: registrationOf(values, null), reason: reason?.trim() ?? '', revision: device.revision }),
    onSuccess: async () => {
      await reread();
      onClose();
    },
  });
  return (
    <Modal open style={{ top: 32 }} title={t('equipment.correct')} onCancel={onClose} onOk={() => form.submit()} confirmLoading={save.isPending} okText={t('form.save')} cancelText={t('form.cancel')}>
      <Refusal error={save.error} />
      <Form<DeviceValues> form={form} layout="vertical" requiredMark={false} initialValues={valuesOf(device)} onFinish={(values) => save.mutate(values)}>
        <DeviceFields correcting />
        <Form.Item name="reason" label={t('equipment.correct_reason')} rules={required}><Input.TextArea rows={2} maxLength={500} /></Form.Item>
      </Form>
    </Modal>
  );
}
