/** 编辑索引: the words by which a recording is found. Every change is kept with its reason. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Form, Input, Modal, Select, Switch } from 'antd';
import { put } from '../api/client';
import type { RecordingDetail } from '../api/types';
import { OCCASIONS } from '../activities/occasions';
import { OfficerPicker } from '../shared/pickers';
import { Refusal } from '../shared/refusal';
import { useText } from '../shared/text';
import { changesOf, type IndexFields } from './index-changes';

export function IndexDialog({ recording, onClose }: { recording: RecordingDetail; onClose: () => void }) {
  const t = useText();
  const { message } = App.useApp();
  const client = useQueryClient();
  const [form] = Form.useForm<IndexFields & { reason: string }>();
  const save = useMutation({
    mutationFn: ({ reason, ...fields }: IndexFields & { reason: string }) => put<RecordingDetail>(`/recordings/${recording.id}/index`, { ...changesOf(recording, fields), reason }),
    onSuccess: (changed) => {
      client.setQueryData(['recording', recording.id], changed);
      void client.invalidateQueries({ queryKey: ['custody', recording.id] });
      void client.invalidateQueries({ queryKey: ['/recordings'] });
      void message.success(t('form.saved'));
      onClose();
    },
  });
  const initial: IndexFields = {
    title: recording.title ?? '', place: recording.place ?? '', party: recording.party ?? '', event_type: recording.event_type ?? undefined,
    key_mark: recording.key_mark, officer_id: recording.officer?.id,
  };
  return (
    <Modal open title={t('recordings.edit')} onCancel={onClose} onOk={() => form.submit()} confirmLoading={save.isPending} okText={t('form.save')} cancelText={t('form.cancel')}>
      <p className="muted">{t('recordings.edit_hint')}</p>
      <Refusal error={save.error} />
      <Form form={form} layout="vertical" initialValues={initial} requiredMark={false} onFinish={(values) => save.mutate(values)}>
        <Form.Item name="title" label={t('recordings.title_column')}><Input maxLength={200} /></Form.Item>
        <Form.Item name="place" label={t('recordings.place')}><Input maxLength={200} /></Form.Item>
        <Form.Item name="party" label={t('recordings.party')}><Input maxLength={200} /></Form.Item>
        <Form.Item name="event_type" label={t('recordings.event_type')}>
          <Select allowClear options={OCCASIONS.map((value) => ({ value, label: t.code('occasion', value) }))} />
        </Form.Item>
        <Form.Item name="officer_id" label={t('recordings.officer')}><OfficerPicker label={t('recordings.officer')} /></Form.Item>
        <Form.Item name="key_mark" label={t('recordings.key_mark')} valuePropName="checked"><Switch /></Form.Item>
        <Form.Item name="reason" label={t('recordings.edit_reason')} rules={[{ required: true, whitespace: true, message: t('form.required') }]}><Input.TextArea rows={2} maxLength={500} /></Form.Item>
      </Form>
    </Modal>
  );
}
