package store

import (
	"context"
	"time"

	"tollkeeper"
)

// Wrong codes after a right password. A million codes and three that are right at a
// time leave a thief of the password this small a chance; the owner still has the
// recovery codes.
const (
	maxWrongCodes = 5
	wrongCodeTime = 15 * time.Minute
)

var (
	errFactorThere   = tollkeeper.Errorf(tollkeeper.CodeConflict, "there is a second factor already; remove it first")
	errFactorMissing = tollkeeper.Errorf(tollkeeper.CodeConflict, "there is no second factor")
	errWrongCodes    = tollkeeper.Errorf(tollkeeper.CodeTooManyRequests, "too many wrong codes; wait 15 minutes, or use a recovery code")
)

// SecondFactor returns what is to be known of a user's second factor, which may be
// none.
func (s *Store) SecondFactor(ctx context.Context, user tollkeeper.ID) (f tollkeeper.SecondFactor, err error) {
	err = s.engine.read(ctx, func(t tx) error {
		stored, err := loadFactor(t, user)
		if err != nil || !stored.confirmed {
			return err
		}
		f.Enabled = true
		f.RecoveryCodes, err = count(t, "SELECT COUNT(*) FROM recovery_codes WHERE user_id = ?", user)
		return err
	})
	return f, err
}

// factor is a row of second_factors.
type factor struct {
	secret    string // "": there is none
	confirmed bool
	lastStep  int64 // of the newest code that was used
	wrong     int64
	wrongAt   time.Time
}

func loadFactor(t tx, user tollkeeper.ID) (f factor, err error) {
	err = t.query(func(r row) error {
		f = factor{secret: r.text(0), confirmed: r.int(1) == 1, lastStep: r.int(2), wrong: r.int(3), wrongAt: fromMillis(r.int(4))}
		return nil
	}, "SELECT secret, confirmed, last_step, wrong, wrong_at FROM second_factors WHERE user_id = ?", user)
	return f, err
}

// EnrolSecondFactor stores the secret of a factor that is yet to be confirmed, in
// place of one that never was.
func (s *Store) EnrolSecondFactor(ctx context.Context, w tollkeeper.Write, user tollkeeper.ID, secret string) error {
	return s.engine.write(ctx, func(t tx) error {
		known, err := loadFactor(t, user)
		if err != nil {
			return err
		}
		if known.confirmed {
			return errFactorThere
		}
		u, err := mustLoadUser(t, user)
		if err != nil {
			return err
		}
		if err := deleteFactor(t, user); err != nil {
			return err
		}
		_, err = t.exec("INSERT INTO second_factors (user_id, secret, confirmed, last_step, wrong, wrong_at) VALUES (?,?,0,0,0,0)", user, secret)
		if err != nil {
			return err
		}
		return s.audited(t, w, tollkeeper.AuditEntry{Customer: u.Customer, Subject: user.String(), Action: "totp.enrol"})
	})
}

// ConfirmSecondFactor makes a second factor count, if check finds the step of a code
// by its secret, and stores the hashes of the recovery codes. It reports whether the
// code was right.
func (s *Store) ConfirmSecondFactor(ctx context.Context, w tollkeeper.Write, user tollkeeper.ID, check tollkeeper.CodeCheck, recovery [][]byte, letter func(tollkeeper.User) tollkeeper.Mail) (right bool, err error) {
	err = s.engine.write(ctx, func(t tx) error {
		right = false
		f, err := loadFactor(t, user)
		switch {
		case err != nil:
			return err
		case f.confirmed:
			return errFactorThere
		case f.secret == "":
			return errFactorMissing
		}
		step, ok := check(f.secret)
		if right = ok; !ok {
			return nil
		}
		if _, err := t.exec("UPDATE second_factors SET confirmed = 1, last_step = ? WHERE user_id = ?", step, user); err != nil {
			return err
		}
		for _, hash := range recovery {
			if _, err := t.exec("INSERT INTO recovery_codes (user_id, hash) VALUES (?,?)", user, hash); err != nil {
				return err
			}
		}
		return s.factorChanged(t, w, user, "totp.confirm", letter)
	})
	return right, err
}

// RemoveSecondFactor removes a user's second factor, if expect lets it.
func (s *Store) RemoveSecondFactor(ctx context.Context, w tollkeeper.Write, user tollkeeper.ID, expect func(tollkeeper.User) error, letter func(tollkeeper.User) tollkeeper.Mail) error {
	return s.engine.write(ctx, func(t tx) error {
		u, err := mustLoadUser(t, user)
		if err != nil {
			return err
		}
		if err := expect(u); err != nil {
			return err
		}
		f, err := loadFactor(t, user)
		if err != nil {
			return err
		}
		if !f.confirmed {
			return errFactorMissing
		}
		if err := deleteFactor(t, user); err != nil {
			return err
		}
		return s.factorChanged(t, w, user, "totp.remove", letter)
	})
}

func deleteFactor(t tx, user tollkeeper.ID) error {
	if _, err := t.exec("DELETE FROM recovery_codes WHERE user_id = ?", user); err != nil {
		return err
	}
	_, err := t.exec("DELETE FROM second_factors WHERE user_id = ?", user)
	return err
}

// factorChanged tells the user and the audit trail.
func (s *Store) factorChanged(t tx, w tollkeeper.Write, user tollkeeper.ID, action string, letter func(tollkeeper.User) tollkeeper.Mail) error {
	u, err := mustLoadUser(t, user)
	if err != nil {
		return err
	}
	if err := s.queueMail(t, letter(u)); err != nil {
		return err
	}
	return s.audited(t, w, tollkeeper.AuditEntry{Customer: u.Customer, Subject: user.String(), Action: action})
}

// UseCode reports whether check finds the step of a code of the user's second factor.
// No code counts twice, and none of an earlier step. After too many wrong ones even a
// right one is an error for a while.
func (s *Store) UseCode(ctx context.Context, user tollkeeper.ID, check tollkeeper.CodeCheck) (right bool, err error) {
	err = s.engine.write(ctx, func(t tx) error {
		right = false
		f, err := loadFactor(t, user)
		if err != nil || !f.confirmed {
			return err
		}
		if s.now().Sub(f.wrongAt) >= wrongCodeTime {
			f.wrong = 0
		}
		if f.wrong >= maxWrongCodes {
			return errWrongCodes
		}
		step, ok := check(f.secret)
		if right = ok && step > f.lastStep; right {
			_, err = t.exec("UPDATE second_factors SET last_step = ?, wrong = 0 WHERE user_id = ?", step, user)
			return err
		}
		_, err = t.exec("UPDATE second_factors SET wrong = ?, wrong_at = ? WHERE user_id = ?", f.wrong+1, millis(s.now()), user)
		return err
	})
	return right, err
}

// UseRecoveryCode uses up a recovery code by its hash, and reports whether there was
// one.
func (s *Store) UseRecoveryCode(ctx context.Context, w tollkeeper.Write, u tollkeeper.User, hash []byte) (right bool, err error) {
	err = s.engine.write(ctx, func(t tx) error {
		used, err := t.exec("DELETE FROM recovery_codes WHERE user_id = ? AND hash = ?", u.ID, hash)
		if right = used > 0; err != nil || !right {
			return err
		}
		return s.audited(t, w, tollkeeper.AuditEntry{Customer: u.Customer, Subject: u.ID.String(), Action: "recoverycode.use"})
	})
	return right, err
}
