// The public index of data loading: readers, splits, transforms and batches.
// It knows no model and no device.
export {};
