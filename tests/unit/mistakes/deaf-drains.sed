# A new master whose workers leave is taken for one that has had QUIT.
s/if (!f->new.leaving || f->new_listens)/if (!f->new.leaving)/
