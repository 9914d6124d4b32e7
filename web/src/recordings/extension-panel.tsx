/** 延期移交: why this recording may be handed in later, who consented, and what came of it. */
import { EditOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Checkbox, Form, Input, Modal, Select } from 'antd';
import { useState } from 'react';
import { put } from '../api/client';
import type { RecordingDetail } from '../api/types';
import { useCan } from '../session/session';
import { useRequired } from '../shared/create-dialog';
import { formatTime } from '../shared/format';
import { Badge, Fact, Panel } from '../shared/page';
import { TimePicker } from '../shared/pickers';
import { Refusal } from '../shared/refusal';
import { useText } from '../shared/text';

/** Nothing where the regulation knows no extension and none was entered. */
export function ExtensionPanel({ recording }: { recording: RecordingDetail }) {
  const t = useText();
  const may = useCan()('recording.extend');
  const [open, setOpen] = useState(false);
  const { extension, extends: offered, verdict } = recording;
  if (!offered && !extension) return null;
  const granted = verdict?.extension === 'granted' || verdict?.extension === 'awaiting_return';
  return (
    <Panel title={t('recordings.extension')} aside={may && offered && <Button size="small" icon={<EditOutlined />} onClick={() => setOpen(true)}>{t('recordings.extend')}</Button>}>
      {extension === null
        ? <p className="panel-body muted">{t('recordings.no_extension')}</p>
        : (
          <dl className="facts panel-body">
            <Fact name={t('recordings.extension_state')}><Badge tone={granted ? 'good' : 'warn'}>{t.code('rules.word', `ExtensionState.${verdict?.extension ?? 'none'}`)}</Badge></Fact>
            <Fact name={t('field.circumstance')}>{t.code('rules.word', `Circumstance.${extension.circumstance}`)}<small>{extension.reason}</small></Fact>
            <Fact name={t('field.declared_ms')}><span className="number">{formatTime(extension.declared_ms)}</span></Fact>
            {extension.consent_ms != null && <Fact name={t('field.consent_ms')}><span className="number">{formatTime(extension.consent_ms)}</span><small>{extension.consent_by} · {extension.document}</small></Fact>}
            {extension.expected_return_ms != null && <Fact name={t('field.expected_return_ms')}><span className="number">{formatTime(extension.expected_return_ms)}</span></Fact>}
            {extension.returned_ms != null && <Fact name={t('field.returned_ms')}><span className="number">{formatTime(extension.returned_ms)}</span></Fact>}
            {verdict?.due_ms != null && <Fact name={t('recordings.due_now')}><span className="number">{formatTime(verdict.due_ms)}</span></Fact>}
            <Fact name={t('recordings.extension_by')}>{t('regulations.entered', { by: extension.by ?? extension.account, time: formatTime(extension.at_ms) })}</Fact>
          </dl>
        )}
      {open && <ExtensionDialog recording={recording} onClose={() => setOpen(false)} />}
    </Panel>
  );
}

interface Values {
  circumstance: string; reason: string; declared_ms: number; consent_ms?: number | null; consent_by?: string | null; document?: string | null;
  expected_return_ms?: number | null; returned_ms?: number | null; conflict?: boolean; sudden_incident?: boolean;
}
type Time = 'declared_ms' | 'consent_ms' | 'expected_return_ms' | 'returned_ms';

function ExtensionDialog({ recording, onClose }: { recording: RecordingDetail; onClose: () => void }) {
  const t = useText();
  const required = useRequired();
  const { message } = App.useApp();
  const client = useQueryClient();
  const [form] = Form.useForm<Values>();
  const { extends: offered, extension } = recording;
  const save = useMutation({
    mutationFn: (values: Values) => put<RecordingDetail>(`/recordings/${recording.id}/extension`, values),
    onSuccess: (changed) => {
      client.setQueryData(['recording', recording.id], changed);
      void client.invalidateQueries({ queryKey: ['custody', recording.id] });
      void client.invalidateQueries({ queryKey: ['/recordings'] });
      void message.success(t('form.saved'));
      onClose();
    },
  });
  const time = (name: Time, needed = false) => (
    <Form.Item name={name} label={t(`field.${name}`)} rules={needed ? required : []}><TimePicker label={t(`field.${name}`)} /></Form.Item>
  );
  return (
    <Modal open style={{ top: 32 }} title={t('recordings.extend')} onCancel={onClose} onOk={() => form.submit()} confirmLoading={save.isPending} okText={t('form.save')} cancelText={t('form.cancel')}>
      <p className="muted">{t(offered?.consent ? 'recordings.extend_consent_hint' : 'recordings.extend_hint')}</p>
      <Refusal error={save.error} />
      <Form<Values> form={form} layout="vertical" requiredMark={false} initialValues={extension ?? {}} onFinish={(values) => save.mutate(values)}>
        <Form.Item name="circumstance" label={t('field.circumstance')} rules={required}>
          <Select options={offered?.circumstances.map((value) => ({ value, label: t.code('rules.word', `Circumstance.${value}`) })) ?? []} />
        </Form.Item>
        <Form.Item name="reason" label={t('field.reason')} rules={required}><Input.TextArea rows={2} maxLength={500} /></Form.Item>
        {time('declared_ms', true)}
        {offered?.consent && (
          <>
            {time('consent_ms', true)}
            <Form.Item name="consent_by" label={t('field.consent_by')} rules={required}><Input maxLength={100} /></Form.Item>
            <Form.Item name="document" label={t('field.document')} rules={required}><Input maxLength={100} /></Form.Item>
          </>
        )}
        {offered?.clock_start === 'return' && <>{time('expected_return_ms')}{time('returned_ms')}</>}
        {offered?.excluded?.map((name) => <Form.Item key={name} name={name} valuePropName="checked"><Checkbox>{t.code('rules.word', `Exclusion.${name}`)}</Checkbox></Form.Item>)}
      </Form>
    </Modal>
  );
}
