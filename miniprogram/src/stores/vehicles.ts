/** Plates that the driver saved on this device, the usual one first. */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { classOf, normalPlate, readPlate, type PlateColour, type PlateForm, type VehicleClass } from '@/lib/plate'
import { readStored, store } from '@/lib/platform'

const NAME = 'vehicles'
export const VEHICLES_LIMIT = 10

export interface Vehicle {
  plate: string
  form: PlateForm
  /** As seen on the plate; by the form if left out. */
  colour?: PlateColour
}

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

  /** Nothing is left of them. */
  function clear(): void {
    keep([])
  }

  return { vehicles, usual, add, remove, makeUsual, clear }
})

/** The tariff's class of a saved vehicle. */
export function classOfVehicle(vehicle: Vehicle): VehicleClass {
  return classOf(vehicle.form, vehicle.colour)
}
