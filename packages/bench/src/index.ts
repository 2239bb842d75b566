// The public index of the bench: suite files, plans, trials, sampling and the journal.
// It formats nothing for people.
export {};
