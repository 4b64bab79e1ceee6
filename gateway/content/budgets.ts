// How much room the stored files have, and how many may be uploaded.
import type { Budget } from '../../hall/gateway-status.ts';

interface Used {
  readonly used: number;
  readonly max: number;
  readonly refused: number;
}

/** Of all files together, in bytes. */
export function roomBudget(used: Used): Budget {
  return {
    kind: 'content',
    name: { zh: '图片、视频等文件的存储空间', en: 'Room for pictures, videos and other files' },
    ...used,
    setting: 'limits.content_mib',
    action: actionOf('空间', 'limits.content_mib'),
  };
}

export function uploadsBudget(used: Used): Budget {
  return {
    kind: 'content-files',
    name: { zh: '上传的文件个数', en: 'Number of uploaded files' },
    ...used,
    setting: 'limits.content_files_max',
    action: actionOf('个数', 'limits.content_files_max'),
  };
}

function actionOf(what: string, setting: string) {
  return {
    zh: `没有页面引用的文件过 retention.content_days 天后自动删除；${what}不够时，请在大厅文件中调大 ${setting}`,
    en: `Files that nothing names are removed after retention.content_days; if that is not enough, raise ${setting} in the hall file`,
  };
}
