import type { ContextMenuParams, EditFlags, MenuItemConstructorOptions } from 'electron';

/** What of Chromium's word on a press of the right button decides. */
export type Pressed = Pick<ContextMenuParams, 'isEditable' | 'selectionText'> & {
  readonly editFlags: Pick<EditFlags, 'canUndo' | 'canRedo' | 'canCut' | 'canCopy' | 'canPaste' | 'canSelectAll'>;
};

/**
 * The menu of the right button where the page has none of its own: Electron brings none, so that without it nothing
 * could be pasted by hand. Editing in fields, copying of what is selected, else nothing: an empty list.
 */
export function contextMenuTemplate({ isEditable, selectionText, editFlags }: Pressed): MenuItemConstructorOptions[] {
  const copy: MenuItemConstructorOptions = { role: 'copy', enabled: editFlags.canCopy };
  if (!isEditable) return selectionText.trim() === '' ? [] : [copy];
  return [
    { role: 'undo', enabled: editFlags.canUndo },
    { role: 'redo', enabled: editFlags.canRedo },
    { type: 'separator' },
    { role: 'cut', enabled: editFlags.canCut },
    copy,
    { role: 'paste', enabled: editFlags.canPaste },
    { type: 'separator' },
    { role: 'selectAll', enabled: editFlags.canSelectAll },
  ];
}
