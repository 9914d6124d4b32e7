/** Beginning a handover, signing it, withdrawing it; moving a person once it is done. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Checkbox, Form, Input, Modal, Radio } from 'antd';
import { patch } from '../api/client';
import type { Handover, HandoverDetail, HandoverList } from '../api/types';
import { useMe } from '../session/session';
import { cleaned, CreateDialog, useRequired } from '../shared/create-dialog';
import { DayPicker, OfficerPicker, UnitPicker } from '../shared/pickers';
import { Refusal } from '../shared/refusal';
import { SignaturePad, type Signed } from '../shared/signature-pad';
import { useText } from '../shared/text';
import { dutyName } from './responsibility-page';

export type Party = 'person' | 'successor' | 'unit_head';
const REREAD = ['/handovers', '/officers', '/responsibilities', '/devices', 'workbench', '/workbench'];

interface Begun { successor_id: string; head_id?: string; to_unit_id?: string; effective_on?: string; reason?: string; document?: string; give_back?: string[]; end_duties?: string[] }

export function BeginDialog({ person, list, onClose }: { person: { id: string; name: string }; list: HandoverList; onClose: () => void }) {
  const t = useText();
  const me = useMe();
  const required = useRequired();
  const navigate = useNavigate();
  // Whose own post it is has somebody else as its head.
  const own = me.officer_id === person.id;
  return (
    <CreateDialog<Begun, Handover>
      title={t('handover.begin_of', { name: person.name })} path="/handovers" reread={REREAD} onClose={onClose} onMade={(made) => void navigate({ to: '/people/handovers/$id', params: { id: made.id } })}
      body={({ give_back, end_duties, ...values }) => ({ ...cleaned(values), person_id: person.id, give_back: give_back ?? [], end_duties: end_duties ?? [] })}
    >
      <p className="muted">{t('handover.begin_hint')}</p>
      <Form.Item name="successor_id" label={t('handover.successor')} rules={required}><OfficerPicker label={t('handover.successor')} /></Form.Item>
      <Form.Item name="head_id" label={t('handover.unit_head')} extra={t('handover.head_hint')} rules={own ? required : []}><OfficerPicker label={t('handover.unit_head')} placeholder={own ? undefined : me.name} /></Form.Item>
      <Form.Item name="to_unit_id" label={t('handover.to')} extra={t('handover.to_hint')}><UnitPicker label={t('handover.to')} /></Form.Item>
      <Form.Item name="effective_on" label={t('handover.effective_on')} extra={t('handover.effective_hint')}><DayPicker label={t('handover.effective_on')} width="100%" /></Form.Item>
      {list.devices.length > 0 && <Form.Item name="give_back" label={t('handover.give_back')} extra={t('handover.give_back_hint')}><Checkbox.Group options={list.devices.map((one) => ({ value: one.id, label: one.asset_no ?? one.name }))} /></Form.Item>}
      {list.duties.length > 0 && <Form.Item name="end_duties" label={t('handover.end_duties')} extra={t('handover.end_duties_hint')}><Checkbox.Group options={list.duties.map((one) => ({ value: one.id, label: `${one.unit.name} · ${dutyName(t, one.duty)}` }))} /></Form.Item>}
      <Form.Item name="reason" label={t('field.reason')}><Input.TextArea maxLength={500} rows={2} /></Form.Item>
      <Form.Item name="document" label={t('field.document')}><Input maxLength={200} /></Form.Item>
    </CreateDialog>
  );
}

export function SignDialog({ handover, party, name, onClose }: { handover: HandoverDetail; party: Party; name: string; onClose: () => void }) {
  const t = useText();
  const me = useMe();
  const own = me.officer_id === (party === 'unit_head' ? handover.head : handover[party]).id;
  const drawn = { validator: (_: unknown, value?: Signed) => (own || value?.strokes ? Promise.resolve() : Promise.reject(new Error(t('handover.draw', { name })))) };
  return (
    <CreateDialog<{ signature?: Signed; discrepancy?: string }>
      title={t('handover.sign', { who: t.code('handover.party', party) })} path={`/handovers/${encodeURIComponent(handover.id)}/sign`} reread={REREAD} onClose={onClose}
      body={({ signature, discrepancy }) => ({ party, signature: { name, strokes: signature?.strokes ?? null }, discrepancy: discrepancy?.trim() || null })}
    >
      <p>{t(party === 'unit_head' ? 'handover.sign_head' : 'handover.sign_list')}</p>
      <Form.Item name="signature" rules={[drawn]} extra={own ? t('handover.sign_own') : t('handover.draw', { name })}><SignaturePad label={name} fixedName={name} /></Form.Item>
      <Form.Item name="discrepancy" label={t('handover.discrepancy')} extra={t('handover.discrepancy_hint')}><Input.TextArea maxLength={500} rows={2} /></Form.Item>
    </CreateDialog>
  );
}

export function WithdrawDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const t = useText();
  return (
    <CreateDialog<{ reason: string }> title={t('handover.withdraw')} path={`/handovers/${encodeURIComponent(id)}/withdraw`} reread={REREAD} body={cleaned} onClose={onClose}>
      <p>{t('handover.withdraw_hint')}</p>
      <Form.Item name="reason" label={t('field.reason')} rules={useRequired()}><Input.TextArea maxLength={500} rows={2} autoFocus /></Form.Item>
    </CreateDialog>
  );
}

/** 调动、离岗: refused by the server while anything of the post is left, and then says what. */
export function MoveDialog({ person, onClose }: { person: { id: string; name: string; active: boolean }; onClose: () => void }) {
  const t = useText();
  const client = useQueryClient();
  const [form] = Form.useForm<{ how: 'move' | 'leave' | 'back'; unit_id?: string }>();
  const required = useRequired();
  const move = useMutation({
    mutationFn: ({ how, unit_id }: { how: string; unit_id?: string }) => patch(`/officers/${encodeURIComponent(person.id)}`, how === 'move' ? { unit_id } : { active: how === 'back' }),
    onSuccess: () => {
      for (const list of REREAD) void client.invalidateQueries({ queryKey: [list] });
      onClose();
    },
  });
  const ways = person.active ? (['move', 'leave'] as const) : (['back'] as const);
  return (
    <Modal open title={t('handover.move_of', { name: person.name })} onCancel={onClose} onOk={() => form.submit()} confirmLoading={move.isPending} okText={t('form.save')} cancelText={t('form.cancel')}>
      <Refusal error={move.error} />
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ how: ways[0] }} onFinish={(values) => move.mutate(values)}>
        <Form.Item name="how" label={t('handover.how')}><Radio.Group options={ways.map((value) => ({ value, label: t(`handover.how.${value}`) }))} /></Form.Item>
        <Form.Item noStyle dependencies={['how']}>
          {({ getFieldValue }) => getFieldValue('how') === 'move' && <Form.Item name="unit_id" label={t('handover.to')} rules={required}><UnitPicker label={t('handover.to')} /></Form.Item>}
        </Form.Item>
      </Form>
    </Modal>
  );
}
