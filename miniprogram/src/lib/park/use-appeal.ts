/**
 * An appeal with its photos: filed once, each photo sent by itself and again if it did not arrive. Photos that were chosen
 * before filing go after it, so that the words are never lost with a picture.
 */
import { computed, ref, shallowRef } from 'vue'
import { api, codeOf, type Schema } from '@/api/client'
import { choosePhoto, type Photo } from '@/lib/platform'
import { doOnce } from './once-here'
import { errorText, whyText } from './said'

export const PHOTOS_LIMIT = 12
const PHOTO_BYTES = 2 * 1024 * 1024

export interface PhotoItem {
  id: number
  previewUrl: string
  state: 'waiting' | 'sending' | 'sent' | 'failed'
  why: string
}

export type Appeal = Schema['AppealView']

export function useAppeal() {
  const appeal = shallowRef<Appeal | null>(null)
  /** Earlier ones against the same order. */
  const others = shallowRef<Appeal[]>([])
  const sentBefore = ref(0)
  const photos = ref<PhotoItem[]>([])
  const files = new Map<number, Photo>()
  const busy = ref(false)
  const wrong = ref('')
  const failure = ref<unknown>()
  const canAdd = computed(() => photos.value.length + sentBefore.value < PHOTOS_LIMIT)
  let count = 0

  async function load(orderId: string, appealId: string): Promise<void> {
    try {
      const list = (await api.get('/api/v1/appeals')).appeals.filter((one) => one.order_id === orderId || one.appeal_id === appealId)
      appeal.value = list.find((one) => one.appeal_id === appealId) ?? list.find((one) => !one.decided_at) ?? (appealId ? null : (list[0] ?? null))
      others.value = list.filter((one) => one.appeal_id !== appeal.value?.appeal_id)
      failure.value = undefined
      if (appeal.value) await loadOne(appeal.value.appeal_id)
    } catch (error) {
      failure.value = error
    }
  }

  async function loadOne(appeal_id: string): Promise<void> {
    const whole = await api.get('/api/v1/appeals/{appeal_id}', { path: { appeal_id } })
    appeal.value = whole
    sentBefore.value = whole.evidence.length - photos.value.filter((photo) => photo.state === 'sent').length
  }

  async function addPhoto(): Promise<void> {
    const photo = await choosePhoto()
    if (!photo || !canAdd.value) return
    wrong.value = photo.bytes.byteLength > PHOTO_BYTES ? whyText('body_too_large', 'appeal') : ''
    if (wrong.value) return
    const id = (count += 1)
    files.set(id, photo)
    photos.value = [...photos.value, { id, previewUrl: photo.previewUrl, state: 'waiting', why: '' }]
    if (appeal.value && !appeal.value.decided_at) await sendPhoto(id)
  }

  function removePhoto(id: number): void {
    photos.value = photos.value.filter((photo) => photo.id !== id)
    files.delete(id)
  }

  function mark(id: number, state: PhotoItem['state'], why = ''): void {
    photos.value = photos.value.map((photo) => (photo.id === id ? { ...photo, state, why } : photo))
  }

  /** The same bytes again change nothing: it may be sent as often as one likes. */
  async function sendPhoto(id: number): Promise<void> {
    const file = files.get(id)
    const appeal_id = appeal.value?.appeal_id
    if (!file || !appeal_id) return
    mark(id, 'sending')
    try {
      await api.upload('/api/v1/appeals/{appeal_id}/evidence', { path: { appeal_id } }, file.bytes, file.contentType)
      mark(id, 'sent')
    } catch (error) {
      mark(id, 'failed', errorText(error, 'appeal'))
    }
  }

  async function sendPhotos(): Promise<void> {
    for (const photo of photos.value.filter((one) => one.state === 'waiting' || one.state === 'failed')) await sendPhoto(photo.id)
  }

  /** Files it, then sends the photos. */
  async function file(order_id: string, ground: string, text: string): Promise<void> {
    if (busy.value) return
    busy.value = true
    wrong.value = ''
    const body = { ground, text }
    try {
      const send = (key: string) => api.post('/api/v1/orders/{order_id}/appeals', { path: { order_id }, body, key })
      appeal.value = await doOnce(`appeal.${order_id}`, body, send)
      await sendPhotos()
    } catch (error) {
      wrong.value = errorText(error, 'appeal')
      if (codeOf(error) === 'appeal_open') await load(order_id, '')
    } finally {
      busy.value = false
    }
  }

  async function withdraw(): Promise<void> {
    const appeal_id = appeal.value?.appeal_id
    if (busy.value || !appeal_id) return
    busy.value = true
    try {
      const send = (key: string) => api.post('/api/v1/appeals/{appeal_id}/withdraw', { path: { appeal_id }, body: {}, key })
      appeal.value = await doOnce(`withdraw.${appeal_id}`, {}, send)
    } catch (error) {
      wrong.value = errorText(error, 'appeal')
    } finally {
      busy.value = false
    }
  }

  return { appeal, others, photos, busy, wrong, failure, canAdd, load, addPhoto, removePhoto, sendPhoto, file, withdraw }
}
