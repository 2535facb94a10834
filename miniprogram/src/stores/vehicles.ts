/** Plates that the driver saved, the usual one first, as this device has them; `vehicle-sync` shares them with the account. */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { classOf, normalPlate, readPlate, type PlateColour, type VehicleClass } from '@/lib/plate'
import { readStored, store } from '@/lib/platform'
import type { Vehicle } from '@/lib/vehicles-merge'

export type { Vehicle } from '@/lib/vehicles-merge'

const NAME = 'vehicles'
export const VEHICLES_LIMIT = 10

export type Saved = 'saved' | 'twice' | 'full' | 'invalid'

export const useVehicles = defineStore('vehicles', () => {
  const vehicles = ref<Vehicle[]>(readStored<Vehicle[]>(NAME) ?? [])
  const usual = computed<Vehicle | undefined>(() => vehicles.value[0])

  function keep(changed: Vehicle[]): void {
    vehicles.value = changed
    store(NAME, changed)
  }

  /** Saves a plate at the end of the list. */
  function add(typed: string, colour?: PlateColour): Saved {
    const read = readPlate(typed)
    if (!read.ok) return 'invalid'
    if (vehicles.value.some((vehicle) => vehicle.plate === read.text)) return 'twice'
    if (vehicles.value.length >= VEHICLES_LIMIT) return 'full'
    keep([...vehicles.value, { plate: read.text, form: read.form, ...(colour ? { colour } : {}) }])
    return 'saved'
  }

  function remove(plate: string): void {
    keep(vehicles.value.filter((vehicle) => vehicle.plate !== normalPlate(plate)))
  }

  /** Puts a saved plate first. */
  function makeUsual(plate: string): void {
    const chosen = vehicles.value.find((vehicle) => vehicle.plate === normalPlate(plate))
    if (chosen) keep([chosen, ...vehicles.value.filter((vehicle) => vehicle !== chosen)])
  }

  /** As it was merged with the account's; unchanged if it is the same. */
  function put(merged: Vehicle[]): void {
    if (JSON.stringify(merged) !== JSON.stringify(vehicles.value)) keep(merged)
  }

  /** Nothing is left of them. */
  function clear(): void {
    keep([])
  }

  return { vehicles, usual, add, remove, makeUsual, put, clear }
})

/** The tariff's class of a saved vehicle. */
export function classOfVehicle(vehicle: Vehicle): VehicleClass {
  return classOf(vehicle.form, vehicle.colour)
}
