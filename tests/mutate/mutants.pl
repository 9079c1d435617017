# mutants.pl FOLDER FILE...: for each change that can be made to one of these C files, FOLDER/NUMBER with the
# changed file, its name without ".c" in "name", and in "what" one line: FILE: LINE OF CODE: BEFORE -> AFTER.
# Each stands for itself also when lines move: a line that is there twice is counted.
use strict;
use warnings;

my %changed = (
	'==' => ['!='], '!=' => ['=='],
	'<' => ['<='], '<=' => ['<'], '>' => ['>='], '>=' => ['>'],
	'&&' => ['||'], '||' => ['&&'], '!' => [''],
	'true' => ['false'], 'false' => ['true'],
	'LEAVE_GRACE_US' => ['0', '(4 * LEAVE_GRACE_US)'], 'CALM_US' => ['0', '(4 * CALM_US)'],
);

my ($folder, @files) = @ARGV;
my $number = 0;
mkdir $folder or die "$folder: $!\n";

sub put {
	my ($path, $text) = @_;
	open my $out, '>', $path or die "$path: $!\n";
	print $out $text;
	close $out or die "$path: $!\n";
}

for my $file (@files) {
	open my $in, '<', $file or die "$file: $!\n";
	my $text = do { local $/; <$in> };
	my ($name) = $file =~ m{([^/]+)\.c$};
	my %seen;
	# Comments, texts, preprocessor lines and the words of phases and actions are passed over.
	my $code = $text;
	$code =~ s{/\*.*?\*/|"(?:\\.|[^"\\\n])*"|^\s*\#[^\n]*}{$& =~ s/[^\n]/ /gr}gsme;
	while ($code =~ /(->|<<|>>|\+\+|--|[=!<>]=|&&|\|\||[<>!]|\b(?:true|false|LEAVE_GRACE_US|CALM_US)\b|(?<![\w.])\d+u?\b)/g) {
		my ($before, $at) = ($1, pos($code) - length $1);
		my $after = $changed{$before};
		$after = [$before =~ /^0/ ? '1' : $before =~ /^1u?$/ ? ('0', '2') : ($1 + 1)]
			if !$after && $before =~ /^(\d+)/;
		next if !$after;
		my $begin = rindex($text, "\n", $at) + 1;
		my ($line) = substr($text, $begin) =~ /^\s*([^\n]*)/;
		my $column = $at - $begin;
		for (@$after) {
			my $mutant = $text;
			substr($mutant, $at, length $before) = $_;
			my $new = substr($mutant, $begin);
			$new =~ s/^\s*([^\n]*).*/$1/s;
			my $what = "$name: $line  ->  $new";
			$what .= " (" . $seen{$what} . ")" if $seen{"$what"}++;
			my $to = "$folder/" . ++$number;
			mkdir $to or die "$to: $!\n";
			put("$to/$name.c", $mutant);
			put("$to/name", "$name\n");
			put("$to/what", "$what\n");
		}
	}
}
